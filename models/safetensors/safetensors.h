// Weights in the safetensors format, which Python, Rust and JavaScript read too.
//
// A file is the length N of its header (8 bytes, little endian), N bytes of JSON that name the
// dtype, shape and place of every tensor, then the tensors' bytes in C order. It holds numbers
// and text only: reading one never runs code. See https://github.com/huggingface/safetensors.
//
// The dtypes are F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL, those that LibTorch computes with.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace zoo {

/// What is wrong with a file or its tensors, in one line that begins with the file's name:
/// "w.safetensors: tensor 'b' ends at byte 840, but the file holds 612 bytes of data; it is
/// truncated". Only what does not fit a module takes a further line for each problem.
class SafetensorsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// The content of one file.
struct Safetensors {
  NamedTensors tensors;  ///< on the CPU, contiguous, each with its own memory; in header order
  std::map<std::string, std::string> metadata;

  /// The tensor of that name; a null pointer if there is none.
  const torch::Tensor* find(const std::string& name) const;
};

/// Reads a whole file. It is strict: a file that breaks any rule of the format, leaves a byte
/// unexplained, or holds a BOOL other than 0 and 1 throws `SafetensorsError`. Any bytes are safe
/// to read; memory is taken for what the file holds, never for what it merely claims to hold.
Safetensors read_safetensors(const std::filesystem::path& path);

/// Writes the tensors, of any device and strides, in the given order.
///
/// The file appears under its name complete or not at all: it is written beside, synced to the
/// disk and renamed. On failure `SafetensorsError` says why and an older file is untouched, except
/// where only the last step failed, which syncs the folder.
/// Throws as well for a name that comes twice or is "__metadata__", text that is not UTF-8, and
/// a tensor that is undefined, not dense, or of a dtype that is not listed above.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// Copies each tensor of `source` into the target of the same name, in place.
///
/// Names, shapes and dtypes must match exactly. Otherwise nothing is copied and
/// `SafetensorsError` lists every problem; `what` (the file, say) begins its message.
void load_weights(const NamedTensors& targets, const Safetensors& source, const std::string& what);

/// Writes the parameters and buffers of a module under their dotted names.
void save_module(const torch::nn::Module& module, const std::filesystem::path& path,
                 const std::map<std::string, std::string>& metadata = {});

/// Reads what `save_module` wrote for a module of the same structure; device and requires_grad
/// of the module stay as they are. Throws like `read_safetensors` and `load_weights`.
void load_module(torch::nn::Module& module, const std::filesystem::path& path);

}  // namespace zoo
