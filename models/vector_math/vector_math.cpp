#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {

float quick_exp(float x) { return exp_of(x); }
float quick_tanh(float x) { return tanh_of(x); }
float quick_sigmoid(float x) { return sigmoid_of(x); }

}  // namespace zoo::detail
