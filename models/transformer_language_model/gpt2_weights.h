// Weights of GPT-2 for a `TransformerLanguageModel`.
#pragma once

#include <cstdint>

#include "zoo/models/safetensors/safetensors.h"
#include "zoo/models/transformer_language_model/transformer_language_model.h"

namespace zoo {

/// The options of the model that the tensors of a GPT-2 checkpoint, as Hugging Face writes them,
/// belong to: all but the number of heads follow from their shapes.
TransformerLanguageModelOptions gpt2_options(const Safetensors& checkpoint, int64_t heads);

/// Copies the tensors of such a checkpoint into the model. Their names, with or without
/// "transformer." before them, and ours:
///
///     wte.weight                  embedding.weight
///     wpe.weight                  positions.weight
///     h.<i>.ln_1.*                layers.<i>.attention_norm.*
///     h.<i>.attn.c_attn.*         layers.<i>.attention.query_key_value.*   weight transposed
///     h.<i>.attn.c_proj.*         layers.<i>.attention.merge.*             weight transposed
///     h.<i>.ln_2.*                layers.<i>.feed_forward_norm.*
///     h.<i>.mlp.c_fc.*            layers.<i>.feed_forward.first.*          weight transposed
///     h.<i>.mlp.c_proj.*          layers.<i>.feed_forward.second.*         weight transposed
///     ln_f.*                      norm.*
///
/// Left out: h.<i>.attn.bias and h.<i>.attn.masked_bias, which are masks, and lm_head.weight, which
/// is wte.weight once more.
///
/// Throws `SafetensorsError` that lists what is missing, left over or of another shape, or says
/// that lm_head.weight is another table; then nothing is copied.
void load_gpt2(TransformerLanguageModelImpl& model, const Safetensors& checkpoint);

}  // namespace zoo
