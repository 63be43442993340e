// Event files that TensorBoard shows, written without TensorFlow or protobuf.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "zoo/trainers/metrics.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {

/// One record of a TFRecord file: length and payload, each followed by its masked CRC-32C.
std::string tensorboard_record(std::string_view payload);

// The payloads: serialised messages of tensorflow/core/util/event.proto. `wall_time` is in
// seconds since 1970.

/// What every event file begins with.
std::string tensorboard_version_event(double wall_time);

/// "The program starts here": TensorBoard forgets what older files of the folder hold from `step`
/// on, as the steps that follow were trained anew.
std::string tensorboard_start_event(double wall_time, int64_t step);

/// Points of the curves that the names of the metrics select. TensorBoard keeps float32.
std::string tensorboard_scalars_event(double wall_time, int64_t step, const Metrics& scalars);

/// A text (Markdown) under the tab "Text".
std::string tensorboard_text_event(double wall_time, int64_t step, std::string_view tag,
                                   std::string_view text);

/// The events of one run of the program: `events.out.tfevents.<seconds since 1970>.zoo`.
class TensorboardFile {
 public:
  /// A new file in `folder`, named so that TensorBoard reads it after those that are there.
  /// Their events from `first_step` on no longer count. Throws `StorageError`.
  TensorboardFile(const std::filesystem::path& folder, int64_t first_step);

  void add_scalars(int64_t step, const Metrics& scalars);
  void add_text(int64_t step, std::string_view tag, std::string_view text);

  /// Returns when everything added would survive a power failure.
  void sync() { file_.sync(); }

  const std::filesystem::path& path() const { return file_.path(); }

 private:
  AppendFile file_;
};

}  // namespace zoo
