#include "zoo/trainers/logging/tensorboard.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <system_error>

#include "zoo/trainers/storage/crc32c.h"

namespace zoo {
namespace {

constexpr std::string_view kTensorboardPrefix = "events.out.tfevents.";

void tensorboard_little_endian(std::string& bytes, uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

/// A protobuf message under construction: only the kinds of fields that events have.
class TensorboardMessage {
 public:
  TensorboardMessage& integer(uint32_t field, int64_t value) {
    key(field, 0);
    varint(static_cast<uint64_t>(value));
    return *this;
  }
  TensorboardMessage& float64(uint32_t field, double value) {
    key(field, 1);
    tensorboard_little_endian(bytes_, std::bit_cast<uint64_t>(value), 8);
    return *this;
  }
  TensorboardMessage& bytes(uint32_t field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  TensorboardMessage& message(uint32_t field, const TensorboardMessage& value) {
    return bytes(field, value.bytes_);
  }
  TensorboardMessage& float32(uint32_t field, float value) {
    key(field, 5);
    tensorboard_little_endian(bytes_, std::bit_cast<uint32_t>(value), 4);
    return *this;
  }
  const std::string& serialised() const { return bytes_; }

 private:
  void key(uint32_t field, uint32_t wire_type) { varint(field << 3 | wire_type); }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>((value & 0x7F) | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

/// Event { 1 wall_time, 2 step, ... }
TensorboardMessage tensorboard_event(double wall_time, int64_t step) {
  return TensorboardMessage().float64(1, wall_time).integer(2, step);
}

double tensorboard_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// TensorBoard reads the files of a folder in the order of their names, so that a resumed run
/// needs a later one, even in the same second or when the clock was set back.
std::filesystem::path tensorboard_path(const std::filesystem::path& folder) {
  auto number = static_cast<int64_t>(tensorboard_now());
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (!name.starts_with(kTensorboardPrefix)) continue;
    int64_t other = 0;
    std::from_chars(name.data() + kTensorboardPrefix.size(), name.data() + name.size(), other);
    number = std::max(number, other + 1);
  }
  if (error) throw storage_error("list folder", folder, error.value());
  return folder / (std::string(kTensorboardPrefix) + std::to_string(number) + ".zoo");
}

}  // namespace

std::string tensorboard_record(std::string_view payload) {
  // The rotation keeps checksums of data that contain checksums from being too regular.
  const auto masked = [](std::string_view bytes) {
    const uint32_t crc = crc32c(bytes);
    return (crc >> 15 | crc << 17) + 0xA282EAD8;
  };
  std::string record;
  tensorboard_little_endian(record, payload.size(), 8);
  tensorboard_little_endian(record, masked(record), 4);
  record += payload;
  tensorboard_little_endian(record, masked(payload), 4);
  return record;
}

std::string tensorboard_version_event(double wall_time) {
  return TensorboardMessage().float64(1, wall_time).bytes(3, "brain.Event:2").serialised();
}

std::string tensorboard_start_event(double wall_time, int64_t step) {
  // Event { 7 session_log { 1 status: 1 START } }
  return tensorboard_event(wall_time, step)
      .message(7, TensorboardMessage().integer(1, 1))
      .serialised();
}

std::string tensorboard_scalars_event(double wall_time, int64_t step, const Metrics& scalars) {
  // Event { 5 summary { 1 value { 1 tag, 2 simple_value } } }
  TensorboardMessage summary;
  for (const auto& [tag, value] : scalars) {
    summary.message(1, TensorboardMessage().bytes(1, tag).float32(2, static_cast<float>(value)));
  }
  return tensorboard_event(wall_time, step).message(5, summary).serialised();
}

std::string tensorboard_text_event(double wall_time, int64_t step, std::string_view tag,
                                   std::string_view text) {
  // value { 1 tag, 8 tensor { 1 dtype: 7 DT_STRING, 2 shape { 2 dim { 1 size } }, 8 string_val },
  //         9 metadata { 1 plugin_data { 1 plugin_name } } }
  const auto shape = TensorboardMessage().message(2, TensorboardMessage().integer(1, 1));
  const auto tensor = TensorboardMessage().integer(1, 7).message(2, shape).bytes(8, text);
  const auto metadata = TensorboardMessage().message(1, TensorboardMessage().bytes(1, "text"));
  const auto value = TensorboardMessage().bytes(1, tag).message(8, tensor).message(9, metadata);
  return tensorboard_event(wall_time, step)
      .message(5, TensorboardMessage().message(1, value))
      .serialised();
}

TensorboardFile::TensorboardFile(const std::filesystem::path& folder, int64_t first_step)
    : file_(tensorboard_path(folder)) {
  const double now = tensorboard_now();
  file_.append(tensorboard_record(tensorboard_version_event(now)) +
               tensorboard_record(tensorboard_start_event(now, first_step)));
}

void TensorboardFile::add_scalars(int64_t step, const Metrics& scalars) {
  file_.append(tensorboard_record(tensorboard_scalars_event(tensorboard_now(), step, scalars)));
}

void TensorboardFile::add_text(int64_t step, std::string_view tag, std::string_view text) {
  file_.append(tensorboard_record(tensorboard_text_event(tensorboard_now(), step, tag, text)));
}

}  // namespace zoo
