#include "zoo/models/attention_map/attention_map.h"

#include <gtest/gtest.h>

#include "support/message_of.h"

namespace zoo {
namespace {

AttentionMap map_of(torch::Tensor values) {
  return {.name = "weights", .rows = "location", .columns = "step", .values = std::move(values)};
}

TEST(AttentionMap, AcceptsAMatrixWithOrWithoutLabels) {
  auto map = map_of(torch::zeros({2, 3}));
  EXPECT_NO_THROW(check_attention_map(map));
  map.row_labels = {"der", "Hund"};
  map.column_labels = {"the", "dog", "."};
  EXPECT_NO_THROW(check_attention_map(map));
}

TEST(AttentionMap, SaysWhatIsWrong) {
  const auto problem = [](const AttentionMap& map) {
    return message_of<c10::Error>([&] { check_attention_map(map); });
  };
  EXPECT_EQ(problem(map_of({})),
            "AttentionMap 'weights': values must be a matrix of floating point, got none");
  EXPECT_EQ(problem(map_of(torch::zeros({0, 3}))),
            "AttentionMap 'weights': values must be a matrix of floating point, got "
            "CPUFloatType[0, 3]");
  EXPECT_NE(problem(map_of(torch::zeros({2, 3, 5}))).find("must be a matrix"), std::string::npos);
  EXPECT_NE(problem(map_of(torch::zeros({2, 3}, torch::kLong))).find("of floating point"),
            std::string::npos);
  auto map = map_of(torch::zeros({2, 3}));
  map.row_labels = {"der"};
  EXPECT_EQ(problem(map), "AttentionMap 'weights': 1 labels for 2 rows");
  map.row_labels = {};
  map.column_labels = {"the", "dog"};
  EXPECT_EQ(problem(map), "AttentionMap 'weights': 2 labels for 3 columns");
}

}  // namespace
}  // namespace zoo
