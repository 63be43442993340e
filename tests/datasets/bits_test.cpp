#include "zoo/datasets/bits.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/message_of.h"
#include "support/transduction.h"

namespace zoo {
namespace {

using Json = nlohmann::json;

struct BadValue {
  std::string value;
  std::string message;
};

// What `read` says about each of them.
void expect_messages(const std::function<void(const Json&)>& read,
                     const std::vector<BadValue>& values) {
  for (const auto& [value, message] : values) {
    EXPECT_EQ(message_of<std::invalid_argument>([&] { read(Json::parse(value)); }), message);
  }
}

TEST(Bits, OneWordForEvery64Coins) {
  for (const int64_t count : {0, 1, 63, 64, 65, 130}) {
    Random random({21});
    Random words({21});
    const auto bits = random_bits(random, count);
    ASSERT_EQ(static_cast<int64_t>(bits.size()), count);
    uint64_t word = 0;
    for (size_t i = 0; i < bits.size(); ++i) {
      if (i % 64 == 0) word = words.bits();
      EXPECT_EQ(bits[i], static_cast<int>(word % 2)) << i;
      word /= 2;
    }
    EXPECT_EQ(random.state(), words.state()) << count;
  }
}

TEST(Bits, VectorsAreDrawnOneAfterTheOther) {
  Random together({22});
  Random apart({22});
  const auto vectors = random_vectors(together, 3, 5);
  ASSERT_EQ(vectors.size(), 3U);
  for (const auto& vector : vectors) EXPECT_EQ(vector, random_bits(apart, 5));
  EXPECT_EQ(together.state(), apart.state());
}

TEST(Bits, ReadsMembers) {
  const Json question{{"query", 3}};
  EXPECT_EQ(&member(question, "query"), &question["query"]);
  const auto read = [](const Json& json) { member(json, "query"); };
  expect_messages(read, {{R"({"bits": 3})", R"(there is no "query")"},
                         {"{}", R"(there is no "query")"},
                         {"[3]", "this is no JSON object but [3]"},
                         {"null", "this is no JSON object but null"}});
}

TEST(Bits, ReadsLists) {
  EXPECT_EQ(bits_of({0, 1, 1}, "x"), (BitVector{0, 1, 1}));
  EXPECT_EQ(bits_of(Json::array(), "x"), BitVector{});
  expect_messages(
      [](const Json& json) { bits_of(json, "\"bits\""); },
      {{"7", R"("bits" must be a list, got 7)"},
       {R"({"0": 1})", R"("bits" must be a list, got {"0":1})"},
       {"[0, 2]", R"("bits" must be of 0 and 1, got 2)"},
       {"[-1]", R"("bits" must be of 0 and 1, got -1)"},
       {"[0.5]", R"("bits" must be of 0 and 1, got 0.5)"},
       {"[1.0]", R"("bits" must be of 0 and 1, got 1.0)"},
       {"[true]", R"("bits" must be of 0 and 1, got true)"},
       {"[[1]]", R"("bits" must be of 0 and 1, got [1])"},
       {"[4294967297]", R"("bits" must be of 0 and 1, got 4294967297)"},
       {"[18446744073709551615]", R"("bits" must be of 0 and 1, got 18446744073709551615)"}});
}

TEST(Bits, ReadsVectors) {
  EXPECT_EQ(vectors_of({{0, 1}, {1, 1}}, 2, "x"), (std::vector<BitVector>{{0, 1}, {1, 1}}));
  expect_messages([](const Json& json) { vectors_of(json, 3, "\"bits\""); },
                  {{"7", R"("bits" must be a list of vectors of 3 bits, got 7)"},
                   {"[]", R"("bits" must be a list of vectors of 3 bits, got [])"},
                   {"[1, 0, 1]", R"(vector 1 of "bits" must be a list, got 1)"},
                   {"[[]]", R"(vector 1 of "bits" must have 3 bits, got 0)"},
                   {"[[0,1,0],[1,1]]", R"(vector 2 of "bits" must have 3 bits, got 2)"},
                   {"[[0,1,0],[1,1,0,0]]", R"(vector 2 of "bits" must have 3 bits, got 4)"},
                   {"[[0,1,0],[1,5,0]]", R"(vector 2 of "bits" must be of 0 and 1, got 5)"}});
}

TEST(Bits, ReadsWholeNumbers) {
  for (const int64_t number : {-2, 0, 5}) EXPECT_EQ(number_of(number, -2, 5, "x"), number);
  expect_messages([](const Json& json) { number_of(json, 1, 5, "\"query\""); },
                  {{"0", R"("query" must be a whole number from 1 to 5, got 0)"},
                   {"6", R"("query" must be a whole number from 1 to 5, got 6)"},
                   {"2.0", R"("query" must be a whole number from 1 to 5, got 2.0)"},
                   {R"("2")", R"("query" must be a whole number from 1 to 5, got "2")"},
                   {"true", R"("query" must be a whole number from 1 to 5, got true)"},
                   {"4294967298", R"("query" must be a whole number from 1 to 5, got 4294967298)"},
                   {"18446744073709551615",
                    R"("query" must be a whole number from 1 to 5, got 18446744073709551615)"}});
}

TEST(Bits, WritesWhatIsShownAndAsked) {
  BatchWriter writer(2, 3, 3, 2);
  writer.show(0, 0, {1, 0, 1});
  writer.show(1, 2, 1, -0.5);
  writer.ask(0, 2, {0, 1});
  writer.ask(1, 1, {1});
  writer.ask(1, 0, {0, 0});
  expect_same(writer.batch(),
              joined(drawn({"1 . .", ". . .", "1 . ."}, {". . .", ". . 1"}, ". . 1"),
                     drawn({". . .", ". . -0.5", ". . ."}, {". 1 .", ". . ."}, "1 1 .")));
}

}  // namespace
}  // namespace zoo
