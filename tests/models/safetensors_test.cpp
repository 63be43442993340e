#include "zoo/models/safetensors/safetensors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>

namespace zoo {
namespace {

namespace fs = std::filesystem;

// A folder for one test, and files in it by their bytes.
class SafetensorsFile : public testing::Test {
 protected:
  SafetensorsFile() {
    std::string name = (fs::temp_directory_path() / "zoo-safetensors-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder: " + name);
    folder_ = name;
    path_ = folder_ / "w.safetensors";
  }
  ~SafetensorsFile() override { fs::remove_all(folder_); }

  void put(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  size_t files_in_folder() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
  fs::path path_;
};

std::string file_bytes(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  for (size_t index = 0; index < 8; ++index) {
    bytes[index] = static_cast<char>(header.size() >> (8 * index) & 0xFF);
  }
  return bytes + header + data;
}

// The message without the folder; empty if nothing was thrown.
template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const SafetensorsError& error) {
    const std::string message = error.what();
    const size_t start = message.find("w.safetensors: ");
    return start == std::string::npos ? message : message.substr(start + 15);
  }
  return "";
}

bool same(const torch::Tensor& left, const torch::Tensor& right) {
  return left.scalar_type() == right.scalar_type() && left.sizes() == right.sizes() &&
         torch::equal(left, right);
}

void expect_same(const NamedTensors& left, const NamedTensors& right) {
  ASSERT_EQ(left.size(), right.size());
  for (size_t index = 0; index < left.size(); ++index) {
    EXPECT_EQ(left[index].first, right[index].first);
    EXPECT_TRUE(same(left[index].second, right[index].second)) << left[index].first;
  }
}

NamedTensors one_of_each_dtype() {
  NamedTensors tensors;
  for (const auto dtype :
       {torch::kBool, torch::kUInt8, torch::kInt8, torch::kInt16, torch::kInt32, torch::kInt64,
        torch::kHalf, torch::kBFloat16, torch::kFloat32, torch::kFloat64}) {
    tensors.emplace_back(c10::toString(dtype), torch::arange(-3, 3).reshape({2, 3}).to(dtype));
  }
  return tensors;
}

using SafetensorsRoundTrip = SafetensorsFile;

TEST_F(SafetensorsRoundTrip, KeepsEveryDtype) {
  write_safetensors(path_, one_of_each_dtype());
  expect_same(read_safetensors(path_).tensors, one_of_each_dtype());
}

TEST_F(SafetensorsRoundTrip, KeepsOrderShapesAndValues) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto grid = torch::arange(24).reshape({2, 3, 4});
  const auto complex = torch::view_as_complex(torch::tensor({1.0, 2.0}));
  const NamedTensors tensors = {
      {"z scalar", torch::tensor(2.5)},
      {"empty", torch::empty({0})},
      {"empty of rank 3", torch::empty({2, 0, 5}, torch::kInt64)},
      {"transposed", grid.transpose(0, 2)},
      {"every other", grid.slice(2, 0, 4, 2)},
      {"expanded", torch::tensor({7.0f}).expand({5})},
      {"negated view", torch::imag(torch::conj(complex))},
      {"with gradient", torch::ones({3}, torch::requires_grad())},
      {"extremes", torch::tensor({infinity, -infinity, -0.0, 5e-324})},
      {"", torch::tensor(true)},
      {"quote \" backslash \\ tab \t nul" + std::string(1, '\0') + " \xC3\xA9 \xF0\x9F\x98\x80",
       torch::tensor(1)}};
  write_safetensors(path_, tensors);
  const auto read = read_safetensors(path_);
  expect_same(read.tensors, tensors);
  for (const auto& [name, tensor] : read.tensors) EXPECT_TRUE(tensor.is_contiguous()) << name;
}

TEST_F(SafetensorsRoundTrip, KeepsMetadataAndFindsByName) {
  const std::map<std::string, std::string> metadata = {{"step", "12"}, {"text", "{\"a\":\n1}"}};
  write_safetensors(path_, {{"a", torch::ones({2})}}, metadata);
  const auto read = read_safetensors(path_);
  EXPECT_EQ(read.metadata, metadata);
  ASSERT_NE(read.find("a"), nullptr);
  EXPECT_EQ(read.find("a")->numel(), 2);
  EXPECT_EQ(read.find("b"), nullptr);
  write_safetensors(path_, {});
  EXPECT_EQ(bytes(), file_bytes("{}      ", ""));
}

using SafetensorsGolden = SafetensorsFile;

const char kGoldenHeader[] =
    "{\"__metadata__\":{\"format\":\"pt\"},"
    "\"weight\":{\"dtype\":\"F32\",\"shape\":[2, 1],\"data_offsets\":[0, 8]},"
    "\"step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8, 16]},"
    "\"mask\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[16, 18]}}     ";
const std::string kGoldenData = std::string(
                                    "\x00\x00\xC0\x3F"
                                    "\x00\x00\x00\xC0",
                                    8) +  // 1.5, -2 as binary32
                                std::string("\x02\x01\x00\x00\x00\x00\x00\x00", 8) +  // 258
                                std::string("\x01\x00", 2);                           // true, false

NamedTensors golden_tensors() {
  return {{"weight", torch::tensor({{1.5f}, {-2.0f}})},
          {"step", torch::tensor(int64_t{258})},
          {"mask", torch::tensor({true, false})}};
}

TEST_F(SafetensorsGolden, IsReadAndWrittenByteForByte) {
  const std::string golden = file_bytes(kGoldenHeader, kGoldenData);
  ASSERT_EQ(golden.substr(0, 8), std::string("\xD8\x00\x00\x00\x00\x00\x00\x00", 8));
  put(golden);
  const auto read = read_safetensors(path_);
  expect_same(read.tensors, golden_tensors());
  EXPECT_EQ(read.metadata, (std::map<std::string, std::string>{{"format", "pt"}}));
  write_safetensors(path_, golden_tensors(), {{"format", "pt"}});
  EXPECT_EQ(bytes(), golden);
}

TEST_F(SafetensorsGolden, MayHaveAnyOrderAndSpacing) {
  put(
      file_bytes("{ \"b\" : {\"data_offsets\":[1 , 3],\n\"shape\":[1],\"dtype\":\"I16\"} ,\t"
                 "\"\\u0061\\ud83d\\ude00\\n\":{\"dtype\":\"U8\",\"shape\":[1],"
                 "\"data_offsets\":[0,1]}}\r\n ",
                 "\x05\x07\x01"));
  expect_same(read_safetensors(path_).tensors,
              {{"b", torch::tensor({263}, torch::kInt16)},
               {"a\xF0\x9F\x98\x80\n", torch::tensor({5}, torch::kUInt8)}});
}

struct Malformed {
  std::string bytes;
  std::string message;
};

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

// A file of one tensor 'a' with 8 bytes of data.
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return file_bytes(std::string("{") + entry("a", dtype, shape, offsets) + "}",
                    std::string(8, '\0'));
}

std::string two(const std::string& first_offsets, const std::string& second_offsets) {
  return file_bytes(std::string("{") + entry("a", "U8", "[4]", first_offsets) + "," +
                        entry("b", "U8", "[4]", second_offsets) + "}",
                    std::string(8, '\0'));
}

std::string header_only(const std::string& header) { return file_bytes(header, ""); }

const std::string kDtypes = "; expected one of F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL";
const std::string kBig = "9223372036854775807";

std::vector<Malformed> malformed_lengths() {
  return {
      {"", "holds 0 bytes, but the length of the header alone takes 8; it is truncated"},
      {"1234567", "holds 7 bytes, but the length of the header alone takes 8; it is truncated"},
      {std::string(8, '\0'), "header does not begin with '{'; this is not a safetensors file"},
      {std::string(8, '\xFF') + "{}",
       "header of 18446744073709551615 bytes, expected at most 100000000; this is not a "
       "safetensors file"},
      {std::string("\x00\xE1\xF5\x05\0\0\0\0{}", 10),
       "header of 100000000 bytes, but the file holds 2 after its length; it is truncated"},
      {std::string("\x01\xE1\xF5\x05\0\0\0\0{}", 10),
       "header of 100000001 bytes, expected at most 100000000; this is not a safetensors file"},
  };
}

std::vector<Malformed> malformed_json() {
  return {
      {header_only("[]"), "header does not begin with '{'; this is not a safetensors file"},
      {header_only(" {}"), "header does not begin with '{'; this is not a safetensors file"},
      {header_only("{"), "header, byte 1: expected '\"', got the end"},
      {header_only("{}x"), "header, byte 2: expected the end, got 'x'"},
      {header_only(std::string("{}\0", 3)), "header, byte 2: expected the end, got '\\u0000'"},
      {header_only("{\"a\"}"), "header, byte 4: expected ':', got '}'"},
      {header_only("{\"a\":[]}"), "header, byte 5: expected '{', got '['"},
      {header_only("{\"a"), "header, byte 3: expected the end of a string, got the end"},
      {header_only("{\"a\n\":"),
       "header, byte 3: expected no control character in a string, got '\\u000a'"},
      {header_only("{\"\\x\""), "header, byte 3: expected an escape sequence, got 'x'"},
      {header_only("{\"\\"), "header, byte 3: expected an escape sequence, got the end"},
      {header_only("{\"\\u12g4\""), "header, byte 6: expected four hexadecimal digits, got 'g'"},
      {header_only("{\"\\u12"), "header, byte 6: expected four hexadecimal digits, got the end"},
      {header_only("{\"\\ud83dx\""), "header, byte 3: expected surrogates in pairs, got 'u'"},
      {header_only("{\"\\ud83d\\u0041\""), "header, byte 3: expected surrogates in pairs, got 'u'"},
      {header_only("{\"\\ude00\""), "header, byte 3: expected surrogates in pairs, got 'u'"},
      {header_only("{\"\xC0\x80\""), "header, byte 2: not valid UTF-8"},
      {header_only("{\"\xED\xA0\x80\""), "header, byte 2: not valid UTF-8"},
      {header_only("{\"\xF4\x90\x80\x80\""), "header, byte 2: not valid UTF-8"},
      {header_only("{\"a\xE2\x82"), "header, byte 3: not valid UTF-8"},
      {header_only("{\"__metadata__\":{\"a\":1}}"), "header, byte 21: expected '\"', got '1'"},
      {header_only("{\"__metadata__\":null}"), "header, byte 16: expected '{', got 'n'"},
      {header_only("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}"),
       "header, byte 24: key 'a' comes twice"},
      {header_only("{\"__metadata__\":{},\"__metadata__\":{}}"),
       "header, byte 19: key '__metadata__' comes twice"},
      {header_only(std::string("{") + entry("a", "U8", "[0]", "[0,0]") + "," +
                   entry("\\u0061", "U8", "[0]", "[0,0]") + "}"),
       "header, byte 53: key 'a' comes twice"},
      {header_only("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}"),
       "header, byte 19: key 'dtype' comes twice"},
  };
}

std::vector<Malformed> malformed_entries() {
  return {
      {header_only("{\"a\":{}}"), "tensor 'a' has no 'dtype'"},
      {header_only("{\"a\":{\"dtype\":\"U8\"}}"), "tensor 'a' has no 'shape'"},
      {header_only("{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}"), "tensor 'a' has no 'data_offsets'"},
      {header_only("{\"a\":{\"stride\":[1]}}"),
       "tensor 'a' has the unknown key 'stride'; expected 'dtype', 'shape' and 'data_offsets'"},
      {header_only("{\"\\u001b[2J\":{}}"), "tensor '\\u001b[2J' has no 'dtype'"},
      {header_only("{\"" + std::string(300, 'n') + "\":{}}"),
       "tensor '" + std::string(200, 'n') + "...' has no 'dtype'"},
      {one("F8_E4M3", "[8]", "[0,8]"),
       "tensor 'a' has dtype 'F8_E4M3', which is not supported" + kDtypes},
      {one("U16", "[4]", "[0,8]"), "tensor 'a' has dtype 'U16', which is not supported" + kDtypes},
      {one("U32", "[2]", "[0,8]"), "tensor 'a' has dtype 'U32', which is not supported" + kDtypes},
      {one("U64", "[1]", "[0,8]"), "tensor 'a' has dtype 'U64', which is not supported" + kDtypes},
      {one("f32", "[2]", "[0,8]"), "tensor 'a' has the unknown dtype 'f32'" + kDtypes},
      {one("U8", "[-8]", "[0,8]"),
       "header, byte 28: expected a whole number that is not negative, got '-'"},
      {one("U8", "[8.0]", "[0,8]"), "header, byte 29: expected ']', got '.'"},
      {one("U8", "[08]", "[0,8]"),
       "header, byte 28: expected a number without leading zeros, got '0'"},
      {one("U8", "[8,]", "[0,8]"),
       "header, byte 30: expected a whole number that is not negative, got ']'"},
      {one("U8", "[9223372036854775808]", "[0,8]"),
       "header, byte 28: expected a number up to 9223372036854775807, got '9'"},
      {one("U8", "[[8]]", "[0,8]"),
       "header, byte 28: expected a whole number that is not negative, got '['"},
      {one("U8", "[1" + std::string(128, ',') + "]", "[0,8]"),
       "header, byte 30: expected a whole number that is not negative, got ','"},
      {one("U8", "[8]", "[8]"), "tensor 'a' has 1 numbers in 'data_offsets', expected 2"},
      {one("U8", "[8]", "[0,8,8]"), "tensor 'a' has more than 2 numbers in 'data_offsets'"},
      {one("F32", "[" + kBig + "]", "[0,8]"),
       "tensor 'a' of dtype F32 and shape [" + kBig + "] is larger than any memory"},
      {one("U8", "[0, 4294967296, 4294967296]", "[0,0]"),
       "tensor 'a' of dtype U8 and shape [0, 4294967296, 4294967296] is larger than any memory"},
  };
}

std::string deep_shape() {
  std::string shape = "[1";
  for (int rank = 1; rank < 65; ++rank) shape += ",1";
  return shape + "]";
}

std::vector<Malformed> malformed_places() {
  return {
      {one("U8", deep_shape(), "[0,1]"), "tensor 'a' has more than 64 numbers in 'shape'"},
      {one("U8", "[8]", "[8,0]"), "tensor 'a' ends at byte 0, before it begins at byte 8"},
      {one("F32", "[3]", "[0,8]"),
       "tensor 'a' of dtype F32 and shape [3] needs 12 bytes, but its data_offsets span 8"},
      {one("F32", "[]", "[0,8]"),
       "tensor 'a' of dtype F32 and shape [] needs 4 bytes, but its data_offsets span 8"},
      {one("F32", "[3]", "[0,12]"),
       "tensor 'a' ends at byte 12, but the file holds 8 bytes of data; it is truncated"},
      {one("U8", "[9]", "[0,9]"),
       "tensor 'a' ends at byte 9, but the file holds 8 bytes of data; it is truncated"},
      {one("U8", "[" + kBig + "]", "[0," + kBig + "]"),
       "tensor 'a' ends at byte " + kBig + ", but the file holds 8 bytes of data; it is truncated"},
      {one("U8", "[0]", "[" + kBig + "," + kBig + "]"),
       "tensor 'a' ends at byte " + kBig + ", but the file holds 8 bytes of data; it is truncated"},
      {two("[0,4]", "[2,6]"),
       "tensor 'b' begins at byte 2, but tensor 'a' ends at byte 4; they overlap"},
      {two("[4,8]", "[4,8]"), "bytes 0 to 4 of the data belong to no tensor"},
      {two("[0,4]", "[0,4]"),
       "tensor 'b' begins at byte 0, but tensor 'a' ends at byte 4; they overlap"},
      {file_bytes(std::string("{") + entry("a", "U8", "[2]", "[0,2]") + "," +
                      entry("b", "U8", "[2]", "[3,5]") + "}",
                  "12345"),
       "bytes 2 to 3 of the data belong to no tensor"},
      {file_bytes(std::string("{") + entry("a", "U8", "[4]", "[0,4]") + "," +
                      entry("b", "U8", "[0]", "[2,2]") + "}",
                  "1234"),
       "tensor 'b' begins at byte 2, but tensor 'a' ends at byte 4; they overlap"},
      {one("U8", "[7]", "[0,7]"), "bytes 7 to 8 of the data belong to no tensor"},
      {file_bytes("{}", "x"), "bytes 0 to 1 of the data belong to no tensor"},
      {file_bytes(std::string("{") + entry("a", "BOOL", "[3]", "[0,3]") + "}",
                  std::string("\0\1\2", 3)),
       "tensor 'a' of dtype BOOL holds 2, expected 0 or 1"},
  };
}

class SafetensorsMalformed : public SafetensorsFile {
 protected:
  void expect_messages(const std::vector<Malformed>& table) {
    for (const auto& [bytes, message] : table) {
      put(bytes);
      EXPECT_EQ(error_of([&] { read_safetensors(path_); }), message)
          << testing::PrintToString(bytes);
    }
  }
};

TEST_F(SafetensorsMalformed, Length) { expect_messages(malformed_lengths()); }
TEST_F(SafetensorsMalformed, Json) { expect_messages(malformed_json()); }
TEST_F(SafetensorsMalformed, Entry) { expect_messages(malformed_entries()); }
TEST_F(SafetensorsMalformed, Place) { expect_messages(malformed_places()); }

TEST_F(SafetensorsMalformed, NotAFile) {
  EXPECT_EQ(error_of([&] { read_safetensors(path_); }),
            "cannot be read: No such file or directory");
  fs::create_directory(path_);
  EXPECT_EQ(error_of([&] { read_safetensors(path_); }), "is not a regular file");
  fs::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { read_safetensors(path_); }), "is not a regular file");
  EXPECT_EQ(error_of([] { read_safetensors("/dev/zero"); }), "/dev/zero: is not a regular file");
}

TEST_F(SafetensorsMalformed, MessageBeginsWithTheFile) {
  put("");
  try {
    read_safetensors(path_);
    FAIL() << "an empty file was read";
  } catch (const SafetensorsError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with(path_.string() + ": ")) << error.what();
  }
}

TEST_F(SafetensorsMalformed, TruncatedAnywhere) {
  const std::string golden = file_bytes(kGoldenHeader, kGoldenData);
  for (size_t size = 0; size < golden.size(); ++size) {
    put(golden.substr(0, size));
    const std::string error = error_of([&] { read_safetensors(path_); });
    EXPECT_TRUE(error.ends_with("; it is truncated")) << size << " bytes: " << error;
  }
}

TEST_F(SafetensorsMalformed, EveryFlippedBitIsAnErrorOrAValidFile) {
  const std::string golden = file_bytes(kGoldenHeader, kGoldenData);
  size_t errors = 0;
  for (size_t bit = 0; bit < 8 * (golden.size() - kGoldenData.size()); ++bit) {
    std::string flipped = golden;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    put(flipped);
    int64_t bytes = 0;
    const std::string error = error_of([&] {
      for (const auto& [name, tensor] : read_safetensors(path_).tensors) bytes += tensor.nbytes();
    });
    EXPECT_EQ(bytes, error.empty() ? static_cast<int64_t>(kGoldenData.size()) : 0) << error;
    errors += !error.empty();
  }
  EXPECT_GT(errors, 1200u);  // the others change a name, the metadata or a space
}

class SafetensorsWrite : public SafetensorsFile {
 protected:
  std::string write_error(const NamedTensors& tensors,
                          const std::map<std::string, std::string>& metadata = {}) {
    return error_of([&] { write_safetensors(path_, tensors, metadata); });
  }
};

TEST_F(SafetensorsWrite, RefusesWhatTheFormatCannotHold) {
  put("old");
  const auto a = torch::ones({1});
  const auto huge = a.expand({int64_t{1} << 61});
  EXPECT_EQ(write_error({{"a", a}, {"a", a}}), "tensor 'a' comes twice");
  EXPECT_EQ(write_error({{"__metadata__", a}}), "tensor '__metadata__' has a reserved name");
  EXPECT_EQ(write_error({{"a", {}}}), "tensor 'a' is undefined");
  EXPECT_EQ(write_error({{"a", a.to_sparse()}}), "tensor 'a' is not dense");
  EXPECT_EQ(write_error({{"a", a.to(torch::kMeta)}}), "tensor 'a' is not dense");
  EXPECT_EQ(write_error({{"a", a.to(torch::kComplexFloat)}}),
            "tensor 'a' has dtype ComplexFloat, which is not supported" + kDtypes);
  EXPECT_EQ(write_error({{"a", huge}}), "tensor 'a' is larger than any file");
  EXPECT_EQ(write_error({{"\xFF", a}}), "the name of tensor '\xFF' is not valid UTF-8");
  EXPECT_EQ(write_error({}, {{"\xFF", ""}}), "the metadata's key '\xFF' is not valid UTF-8");
  EXPECT_EQ(write_error({}, {{"k", "\xFF"}}), "the metadata's value of 'k' is not valid UTF-8");
  EXPECT_EQ(write_error({}, {{"k", std::string(100'000'000, ' ')}}),
            "header of 100000032 bytes, the format allows 100000000");
  EXPECT_EQ(bytes(), "old");
  EXPECT_EQ(files_in_folder(), 1u);
}

// RLIMIT_FSIZE makes write() fail half-way, as a full disk does.
TEST_F(SafetensorsWrite, FullDiskLeavesTheOldFile) {
  write_safetensors(path_, {{"a", torch::ones({3})}});
  const std::string old = bytes();
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small = {1000, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string error = write_error({{"a", torch::ones({1000})}});
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, "cannot be written: File too large");
  EXPECT_EQ(bytes(), old);
  EXPECT_EQ(files_in_folder(), 1u);
}

TEST_F(SafetensorsWrite, PlaceThatCannotBeWritten) {
  const auto error = [](const fs::path& path) {
    return error_of([&] { write_safetensors(path, {}); });
  };
  EXPECT_EQ(error(folder_ / "none" / "w.safetensors"),
            "cannot be written: No such file or directory");
  put("a file, not a folder");
  EXPECT_TRUE(error(path_ / "w.safetensors").ends_with("cannot be written: Not a directory"));
  fs::remove(path_);
  fs::create_directory(path_);
  EXPECT_EQ(error(path_), "cannot be written: Is a directory");
  EXPECT_EQ(files_in_folder(), 1u);
}

TEST_F(SafetensorsWrite, ReplacesAndLeavesNothingBeside) {
  for (int round = 0; round < 3; ++round) write_safetensors(path_, {{"a", torch::tensor(round)}});
  EXPECT_EQ(read_safetensors(path_).find("a")->item<int64_t>(), 2);
  EXPECT_EQ(files_in_folder(), 1u);
}

TEST(SafetensorsLoad, CopiesInPlace) {
  const auto target = torch::zeros({2}, torch::requires_grad());
  const auto buffer = torch::zeros({}, torch::kInt64);
  load_weights(
      {{"a", target}, {"b", buffer}},
      {.tensors = {{"b", torch::tensor(3)}, {"a", torch::tensor({1.0f, 2.0f})}}, .metadata = {}},
      "w");
  EXPECT_TRUE(same(target.detach(), torch::tensor({1.0f, 2.0f})));
  EXPECT_TRUE(target.requires_grad() && target.is_leaf());
  EXPECT_EQ(buffer.item<int64_t>(), 3);
}

TEST(SafetensorsLoad, ReportsEveryProblemAndCopiesNothing) {
  const auto fits = torch::zeros({2});
  const Safetensors source{.tensors = {{"fits", torch::ones({2})},
                                       {"turned", torch::ones({2, 3})},
                                       {"extra", torch::ones({5}, torch::kInt64)},
                                       {"both", torch::ones({1}, torch::kFloat64)}},
                           .metadata = {}};
  const auto error = error_of([&] {
    load_weights({{"fits", fits},
                  {"turned", torch::zeros({3, 2})},
                  {"absent", torch::zeros({}, torch::kHalf)},
                  {"both", torch::zeros({2})}},
                 source, "w.safetensors");
  });
  EXPECT_EQ(error,
            "the weights do not fit, nothing was loaded\n"
            "  'turned' has shape [2, 3], expected [3, 2]\n"
            "  missing: 'absent' (F16 [])\n"
            "  'both' has shape [1], expected [2]\n"
            "  'both' has dtype F64, expected F32\n"
            "  unexpected: 'extra' (I64 [5])");
  EXPECT_TRUE(same(fits, torch::zeros({2})));
}

struct SafetensorsTestNet : torch::nn::Module {
  SafetensorsTestNet() {
    register_module("linear", linear);
    register_module("norm", norm);
    register_buffer("absent", torch::Tensor());
  }
  torch::nn::Linear linear{2, 3};
  torch::nn::BatchNorm1d norm{3};
};

using SafetensorsModule = SafetensorsFile;

TEST_F(SafetensorsModule, TravelsByName) {
  const SafetensorsTestNet saved;
  saved.norm->running_mean.fill_(0.5);
  save_module(saved, path_, {{"step", "1"}});
  SafetensorsTestNet loaded;
  const auto weight = loaded.linear->weight;
  load_module(loaded, path_);
  EXPECT_TRUE(same(weight.detach(), saved.linear->weight.detach()));
  EXPECT_TRUE(same(loaded.norm->running_mean, saved.norm->running_mean));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : read_safetensors(path_).tensors) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"linear.weight", "linear.bias", "norm.weight",
                                             "norm.bias", "norm.running_mean", "norm.running_var",
                                             "norm.num_batches_tracked"}));
  EXPECT_EQ(read_safetensors(path_).metadata.at("step"), "1");
}

TEST_F(SafetensorsModule, RefusesAnotherStructure) {
  save_module(*torch::nn::Linear(2, 3), path_);
  torch::nn::Linear wider(3, 3);
  EXPECT_EQ(error_of([&] { load_module(*wider, path_); }),
            "the weights do not fit, nothing was loaded\n"
            "  'weight' has shape [3, 2], expected [3, 3]");
}

// The other side is tests/support/safetensors_interop.py, which states the order.
fs::path interop_folder() {
  const char* folder = std::getenv("ZOO_INTEROP_DIR");
  return folder == nullptr ? fs::path() : fs::path(folder);
}

NamedTensors interop_tensors() {
  auto tensors = one_of_each_dtype();
  tensors.emplace_back("scalar", torch::tensor(2.5));
  tensors.emplace_back("empty", torch::empty({2, 0}));
  tensors.emplace_back("transposed", torch::arange(6).reshape({2, 3}).t().contiguous());
  tensors.emplace_back("caf\xC3\xA9 \"\\\n\xF0\x9F\x98\x80", torch::tensor({1}));
  return tensors;
}

TEST(SafetensorsInterop, ReadsPythonsFile) {
  if (interop_folder().empty()) GTEST_SKIP() << "ZOO_INTEROP_DIR is not set";
  const auto read = read_safetensors(interop_folder() / "from_python.safetensors");
  EXPECT_EQ(read.tensors.size(), interop_tensors().size());
  for (const auto& [name, tensor] : interop_tensors()) {
    const auto* found = read.find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_TRUE(same(*found, tensor)) << name;
  }
  EXPECT_EQ(read.metadata, (std::map<std::string, std::string>{{"writer", "Python \"\\\n"}}));
}

TEST(SafetensorsInterop, WritesForPython) {
  if (interop_folder().empty()) GTEST_SKIP() << "ZOO_INTEROP_DIR is not set";
  write_safetensors(interop_folder() / "from_cpp.safetensors", interop_tensors(),
                    {{"writer", "C++ \"\\\n"}});
}

}  // namespace
}  // namespace zoo
