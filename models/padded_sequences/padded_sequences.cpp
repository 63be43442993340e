#include "zoo/models/padded_sequences/padded_sequences.h"

#include <torch/nn/utils/rnn.h>

#include <tuple>

namespace zoo {

using torch::Tensor;

Tensor length_mask(const Tensor& lengths, int64_t size) {
  return torch::arange(size, lengths.options()).unsqueeze(0) < lengths.unsqueeze(1);
}

Tensor reverse_padded(const Tensor& sequences, const Tensor& lengths) {
  const int64_t steps = sequences.size(0), batch = sequences.size(1);
  const Tensor step = torch::arange(steps, lengths.options()).unsqueeze(1);  // [S, 1]
  const Tensor mirrored = lengths.unsqueeze(0) - 1 - step;                   // [S, B]
  const Tensor from = torch::where(mirrored >= 0, mirrored, step);
  const Tensor rows = (from * batch + torch::arange(batch, lengths.options())).flatten();
  return sequences.flatten(0, 1).index_select(0, rows.to(sequences.device())).view_as(sequences);
}

Tensor last_of_padded(const Tensor& sequences, const Tensor& lengths) {
  const int64_t batch = sequences.size(1);
  const Tensor rows = (lengths - 1) * batch + torch::arange(batch, lengths.options());
  return sequences.flatten(0, 1).index_select(0, rows.to(sequences.device()));
}

LongestFirst longest_first(const Tensor& lengths, int64_t steps) {
  const auto [sorted, order] = lengths.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  return {.order = order,
          .lengths = sorted,
          .active = torch::arange(steps).unsqueeze(1).lt(sorted).sum(1)};
}

Tensor LongestFirst::arrange(const Tensor& all) const {
  return all.index_select(0, order.to(all.device()));
}

Tensor packed_rows(const LongestFirst& sequences, Direction direction) {
  const auto& [order, lengths, active] = sequences;
  const Tensor step = torch::arange(active.size(0)).unsqueeze(1);  // [S, 1]
  const Tensor place = direction == Direction::kForward ? step : lengths - 1 - step;
  return (place * lengths.size(0) + order).masked_select(step < lengths);
}

Tensor unpack(const Tensor& packed, const Tensor& rows, int64_t steps, int64_t batch) {
  return torch::zeros({steps * batch, packed.size(1)}, packed.options())
      .index_copy(0, rows, packed)
      .view({steps, batch, packed.size(1)});
}

Tensor full_lengths(const Tensor& sequences) {
  return torch::full({sequences.size(0)}, sequences.size(-1), torch::kLong);
}

Tensor shift_right(const Tensor& targets, int64_t begin) {
  return torch::cat(
      {torch::full_like(targets.narrow(1, 0, 1), begin), targets.narrow(1, 0, targets.size(1) - 1)},
      1);
}

namespace {

void check_lengths(const std::string& who, const Tensor& inputs, const Tensor& lengths,
                   const char* what = "lengths") {
  TORCH_CHECK(lengths.dim() == 1 && lengths.size(0) == inputs.size(0) &&
                  lengths.scalar_type() == torch::kLong,
              who, ": ", what, " must be int64 [", inputs.size(0), "], got ", lengths.scalar_type(),
              " ", lengths.sizes());
  if (!lengths.is_cpu() || lengths.numel() == 0) return;
  const auto shortest = lengths.min().item<int64_t>(), longest = lengths.max().item<int64_t>();
  TORCH_CHECK(shortest >= 1 && longest <= inputs.size(1), who, ": ", what, " must be in 1..",
              inputs.size(1), ", the padded length, got ", shortest < 1 ? shortest : longest);
}

}  // namespace

void check_padded(const std::string& who, const Tensor& inputs, const Tensor& lengths,
                  int64_t features) {
  TORCH_CHECK(inputs.dim() == 3 && inputs.size(1) > 0 && inputs.size(2) == features, who,
              ": inputs must be [B, S >= 1, ", features, "], got ", inputs.sizes());
  check_lengths(who, inputs, lengths);
}

void check_sources(const std::string& who, const Tensor& symbols, const Tensor& lengths,
                   int64_t vocabulary) {
  check_tokens(who, "sources", symbols, vocabulary);
  check_lengths(who, symbols, lengths);
}

void check_tokens(const std::string& who, const std::string& what, const Tensor& symbols,
                  int64_t vocabulary) {
  TORCH_CHECK(symbols.dim() == 2 && symbols.size(1) > 0 && symbols.scalar_type() == torch::kLong,
              who, ": ", what, " must be int64 [B, S >= 1], got ", symbols.scalar_type(), " ",
              symbols.sizes());
  if (!symbols.is_cpu() || symbols.numel() == 0) return;
  const auto least = symbols.min().item<int64_t>(), most = symbols.max().item<int64_t>();
  TORCH_CHECK(least >= 0 && most < vocabulary, who, ": ", what, " must be in 0..", vocabulary - 1,
              ", got ", least < 0 ? least : most);
}

void check_symbols(const std::string& who, const Tensor& symbols, int64_t batch,
                   const Tensor& largest) {
  TORCH_CHECK(symbols.dim() == 2 && symbols.size(0) == batch && symbols.size(1) > 0 &&
                  symbols.scalar_type() == torch::kLong,
              who, ": targets must be int64 [", batch, ", T >= 1], got ", symbols.scalar_type(),
              " ", symbols.sizes());
  if (!symbols.is_cpu()) return;
  const Tensor outside =
      torch::logical_or(torch::lt(symbols, 0), torch::gt(symbols, largest.cpu().reshape({-1, 1})))
          .nonzero();
  if (outside.numel() == 0) return;
  const auto row = outside[0][0].item<int64_t>(), step = outside[0][1].item<int64_t>();
  const auto bound = largest.numel() == 1 ? largest.item<int64_t>() : largest[row].item<int64_t>();
  TORCH_CHECK(false, who, ": target ", step, " of example ", row, " must be in 0..", bound,
              ", got ", symbols[row][step].item<int64_t>());
}

void check_targets(const std::string& who, const Tensor& symbols, const Tensor& lengths,
                   int64_t batch, int64_t vocabulary) {
  check_symbols(who, symbols, batch, torch::tensor(vocabulary - 1));
  check_lengths(who, symbols, lengths, "lengths of targets");
}

PaddedRun run_padded_stack(torch::nn::LSTM& lstm, const Tensor& inputs, const Tensor& lengths) {
  const int64_t steps = inputs.size(1);
  const Tensor on_cpu = lengths.cpu();
  if ((on_cpu == steps).all().item<bool>()) {
    const auto [outputs, state] = lstm->forward(inputs);
    return {outputs, std::get<0>(state), std::get<1>(state)};
  }
  namespace rnn = torch::nn::utils::rnn;
  const auto packed = rnn::pack_padded_sequence(inputs, on_cpu, /*batch_first=*/true,
                                                /*enforce_sorted=*/false);
  const auto [outputs, state] = lstm->forward_with_packed_input(packed);
  const auto [padded, unused] = rnn::pad_packed_sequence(outputs, /*batch_first=*/true,
                                                         /*padding_value=*/0, steps);
  return {padded, std::get<0>(state), std::get<1>(state)};
}

PaddedRun run_padded(torch::nn::LSTM& lstm, const Tensor& inputs, const Tensor& lengths) {
  const auto [outputs, hidden, cell] = run_padded_stack(lstm, inputs, lengths);
  return {outputs, hidden[0], cell[0]};
}

}  // namespace zoo
