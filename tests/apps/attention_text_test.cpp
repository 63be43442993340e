#include "zoo/apps/zoo/attention_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace zoo {
namespace {

AttentionMap small_map() {
  return {.name = "attention",
          .rows = "translation",
          .columns = "source",
          .values = torch::tensor({{0.8, 0.2, 0.0}, {0.049, 0.951, 0.0}, {0.05, 0.5, 0.949}})
                        .to(torch::kFloat),
          .row_labels = {"the", "house", "</s>"},
          .column_labels = {"das", "Häuschen", "</s>"}};
}

TEST(AttentionText, IsAMapInTenths) {
  EXPECT_EQ(attention_text(small_map(), 80),
            "      das\n"
            "      | Häuschen\n"
            "      | | </s>\n"
            "the   8 2 .\n"
            "house . # .\n"
            "</s>  1 5 9\n");
}

TEST(AttentionText, LabelsTakeTheColumnsThatTheyShow) {
  auto map = small_map();
  map.row_labels[0] = "für";
  EXPECT_NE(attention_text(map, 80).find("\nfür   8 2 .\n"), std::string::npos);
}

TEST(AttentionText, ColumnsThatDoNotFitComeBelow) {
  auto map = small_map();
  map.values = torch::eye(30).narrow(0, 28, 2);
  map.row_labels = {"x", "yy"};
  map.column_labels.clear();
  for (int i = 0; i < 30; ++i) map.column_labels.push_back("w" + std::to_string(i));
  // 3 columns of labels, 3 of the last word, 2 for each of the others.
  const auto wide = attention_text(map, 66);
  EXPECT_EQ(wide.find("w0\n"), wide.rfind("w0\n"));
  EXPECT_EQ(wide.substr(wide.find("x  .")).find('w'), std::string::npos) << wide;
  const auto narrow = attention_text(map, 65);
  EXPECT_TRUE(narrow.ends_with("\n   w29\nx  .\nyy #\n")) << narrow;
  // A terminal that is narrower than ten words breaks lines itself.
  EXPECT_EQ(attention_text(map, 0), attention_text(map, 26));
  EXPECT_NE(attention_text(map, 0), attention_text(map, 28));
}

TEST(AttentionText, OfNothingIsEmpty) { EXPECT_EQ(attention_text({}, 80), ""); }

TEST(AttentionJson, HasWhatProgramsNeed) {
  EXPECT_EQ(attention_json("the house", small_map()),
            R"({"text":"the house","source":["das","Häuschen","</s>"],)"
            R"("translation":["the","house","</s>"],)"
            R"("weights":[[0.8,0.2,0.0],[0.049,0.951,0.0],[0.05,0.5,0.949]]})");
  EXPECT_EQ(attention_json("", {}), R"({"text":"","source":[],"translation":[],"weights":[]})");
}

}  // namespace
}  // namespace zoo
