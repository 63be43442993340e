#include "zoo/models/attention/attend_each.h"

#include <ATen/Dispatch.h>

#include <vector>

#include "zoo/models/attention/attend_kernel.h"

namespace zoo::detail {
namespace {

using torch::Tensor;

template <class Scalar>
Places<Scalar> places_of(const AttendedPlaces& all, int64_t example) {
  const auto& [keys, values, score, lengths] = all;
  return {.keys = keys.const_data_ptr<Scalar>() + example * keys.stride(0),
          .values = values.const_data_ptr<Scalar>() + example * values.stride(0),
          .vector = score.const_data_ptr<Scalar>(),
          .places = lengths.defined() ? lengths.const_data_ptr<int64_t>()[example] : keys.size(1),
          .units = keys.size(2),
          .features = values.size(2),
          .key_stride = keys.stride(1),
          .value_stride = values.stride(1)};
}

template <class Scalar>
const Scalar* row_of(const Tensor& rows, int64_t example) {
  return rows.const_data_ptr<Scalar>() + example * rows.stride(0);
}

template <class Scalar>
Scalar* row_to_change(const Tensor& rows, int64_t example) {
  return rows.data_ptr<Scalar>() + example * rows.stride(0);
}

}  // namespace

void attend_each(const AttendedPlaces& to, const Tensor& queries, const Tensor& weights,
                 const Tensor& contexts) {
  AT_DISPATCH_FLOATING_TYPES(to.keys.scalar_type(), "attend_each", [&] {
    for (int64_t b = 0; b < queries.size(0); ++b) {
      attend(places_of<scalar_t>(to, b), row_of<scalar_t>(queries, b),
             row_to_change<scalar_t>(weights, b), row_to_change<scalar_t>(contexts, b));
    }
  });
}

void attend_each_back(const AttendedPlaces& to, const Tensor& queries, const Tensor& weights,
                      const Tensor& of_contexts, const AttendedGradients& gradients) {
  AT_DISPATCH_FLOATING_TYPES(to.keys.scalar_type(), "attend_each", [&] {
    std::vector<scalar_t> scratch(static_cast<size_t>(to.keys.size(1)));
    for (int64_t b = 0; b < queries.size(0); ++b) {
      attend_back(
          places_of<scalar_t>(to, b), row_of<scalar_t>(queries, b), row_of<scalar_t>(weights, b),
          row_of<scalar_t>(of_contexts, b), scratch.data(),
          {row_to_change<scalar_t>(gradients.queries, b),
           row_to_change<scalar_t>(gradients.keys, b), row_to_change<scalar_t>(gradients.values, b),
           gradients.score.data_ptr<scalar_t>()});
    }
  });
}

}  // namespace zoo::detail
