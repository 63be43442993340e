#include "zoo/models/transformer_language_model/gpt2_weights.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoo {
namespace {

using torch::Tensor;

struct NamePart {
  std::string_view theirs;
  std::string_view ours;
  bool transposed = false;  // their layers multiply by the matrix from the right
};

constexpr std::array<NamePart, 2> kTables = {
    {{"wte.weight", "embedding.weight"}, {"wpe.weight", "positions.weight"}}};
constexpr std::array<NamePart, 7> kModules = {{{"ln_f", "norm"},
                                               {"ln_1", "attention_norm"},
                                               {"attn.c_attn", "attention.query_key_value", true},
                                               {"attn.c_proj", "attention.merge", true},
                                               {"ln_2", "feed_forward_norm"},
                                               {"mlp.c_fc", "feed_forward.first", true},
                                               {"mlp.c_proj", "feed_forward.second", true}}};

std::string without_prefix(const std::string& name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

// Masks, and the output layer, which is the embedding once more.
bool is_left_out(const std::string& name) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias") ||
         name == "lm_head.weight";
}

// A tensor under our name; one that nobody knows keeps its own, for `load_weights` to tell.
std::pair<std::string, Tensor> translated(const std::string& name, const Tensor& tensor) {
  for (const auto& table : kTables) {
    if (name == table.theirs) return {std::string(table.ours), tensor};
  }
  // "h.3.ln_1.weight" is "h.3." + "ln_1" + ".weight"
  const size_t kind = name.rfind('.');
  const size_t layer = name.starts_with("h.") ? name.find('.', 2) : std::string::npos;
  const size_t begin = layer == std::string::npos ? 0 : layer + 1;
  if (kind == std::string::npos || kind < begin) return {name, tensor};
  const std::string module = name.substr(begin, kind - begin), end = name.substr(kind);
  for (const auto& each : kModules) {
    if (module != each.theirs) continue;
    const bool turned = each.transposed && end == ".weight" && tensor.dim() == 2;
    return {(begin > 0 ? "layers" + name.substr(1, begin - 1) : "") + std::string(each.ours) + end,
            turned ? tensor.t().contiguous() : tensor};
  }
  return {name, tensor};
}

Safetensors translated(const Safetensors& checkpoint) {
  Safetensors ours;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const std::string plain = without_prefix(name, "transformer.");
    if (!is_left_out(plain)) ours.tensors.push_back(translated(plain, tensor));
  }
  return ours;
}

// The output layer is left out since it is the embedding; in other models it is not.
void check_tied(const Safetensors& checkpoint) {
  const Tensor* output = checkpoint.find("lm_head.weight");
  const Tensor* table = checkpoint.find("transformer.wte.weight");
  if (!table) table = checkpoint.find("wte.weight");
  if (!output || !table || torch::equal(*output, *table)) return;
  throw SafetensorsError(
      "GPT-2: lm_head.weight is not wte.weight, and this model has one table for both");
}

}  // namespace

TransformerLanguageModelOptions gpt2_options(const Safetensors& checkpoint, int64_t heads) {
  const Safetensors ours = translated(checkpoint);
  const auto size = [&](const std::string& name, int64_t axis) {
    const Tensor* tensor = ours.find(name);
    if (!tensor || tensor->dim() != 2) {
      throw SafetensorsError("GPT-2: there is no matrix for " + name +
                             "; gpt2_weights.h tells the names of the tensors");
    }
    return tensor->size(axis);
  };
  TransformerLanguageModelOptions options{
      .vocabulary = size("embedding.weight", 0),
      .model_size = size("embedding.weight", 1),
      .heads = heads,
      .layers = 0,
      .context = size("positions.weight", 0),
      .feed_forward_size = size("layers.0.feed_forward.first.weight", 0),
      .dropout = 0.1};
  while (ours.find("layers." + std::to_string(options.layers) + ".attention_norm.weight")) {
    ++options.layers;
  }
  return options;
}

void load_gpt2(TransformerLanguageModelImpl& model, const Safetensors& checkpoint) {
  check_tied(checkpoint);
  NamedTensors targets;
  for (const auto& item : model.named_parameters()) targets.emplace_back(item.key(), item.value());
  load_weights(targets, translated(checkpoint), "GPT-2");
}

}  // namespace zoo
