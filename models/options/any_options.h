// Options behind one type, for lists of models, datasets and tasks.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "zoo/models/options/options.h"

namespace zoo {

/// Options of a type that only their owner knows.
class AnyOptions {
 public:
  AnyOptions() = default;
  template <class Options>
  requires(!std::is_same_v<std::remove_cvref_t<Options>, AnyOptions>) explicit AnyOptions(
      Options options)
      : value_(std::make_shared<Options>(std::move(options))),
        fields_([](void* value) { return fields_of(*static_cast<Options*>(value)); }),
        copy_([](const void* value) { return AnyOptions(*static_cast<const Options*>(value)); }),
        type_(&tag<Options>) {}

  AnyOptions(const AnyOptions& other) {
    *this = other.value_ ? other.copy_(other.value_.get()) : AnyOptions();
  }
  AnyOptions& operator=(const AnyOptions& other) {
    if (this != &other) *this = other.value_ ? other.copy_(other.value_.get()) : AnyOptions();
    return *this;
  }
  AnyOptions(AnyOptions&&) = default;
  AnyOptions& operator=(AnyOptions&&) = default;

  Fields fields() const { return value_ ? fields_(value_.get()) : Fields(); }

  /// The options as what they are; a null pointer if they are of another type.
  template <class Options>
  Options* as() const {
    return type_ == &tag<Options> ? static_cast<Options*>(value_.get()) : nullptr;
  }

 private:
  template <class Options>
  static inline char tag = 0;

  std::shared_ptr<void> value_;
  Fields (*fields_)(void*) = nullptr;
  AnyOptions (*copy_)(const void*) = nullptr;
  const void* type_ = nullptr;
};

}  // namespace zoo
