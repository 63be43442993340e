// Options: plain aggregates that can name, explain and check their own members.
//
// An options struct lists its members once, in a static `fields`:
//
//     struct CopyOptions {
//       int64_t bits = 8;  ///< width of one vector
//
//       static void fields(auto& self, auto&& visit) {
//         visit("bits", self.bits, "width of one vector", at_least(1));
//       }
//     };
//
// That one list serves reading a configuration, refusing what is misspelt or out of range,
// printing, describing and hashing. An option that is added to a struct with results in the ledger
// names, after its range, the value that does what was done before. Nothing here needs LibTorch.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace zoo {

/// The values that a number may take.
struct Range {
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool open_minimum = false;  ///< the minimum itself is not allowed

  bool holds(double value) const;
  /// "at least 1", "above 0", "between 0 and 1"; empty if every number is allowed.
  std::string text() const;
};

constexpr Range at_least(double minimum) { return {.minimum = minimum}; }
constexpr Range above(double minimum) { return {.minimum = minimum, .open_minimum = true}; }
constexpr Range between(double minimum, double maximum) { return {minimum, maximum}; }

struct Field;
using Fields = std::vector<Field>;

/// An option that is one of a few named values. The enum states its names in the order of its
/// values, found by argument-dependent look-up: `constexpr auto names_of(Controller)` returning
/// a `std::array<std::string_view, N>`.
struct EnumReference {
  std::vector<std::string> names;
  std::function<size_t()> get;
  std::function<void(size_t)> set;
};

/// An option that is one of several structs (a `std::variant`), each with a
/// `static constexpr std::string_view kName`; in a configuration a mapping with that one key.
struct ChoiceReference {
  std::vector<std::string> names;
  std::function<size_t()> get;
  std::function<void(size_t)> select;  ///< switches to that alternative with its defaults
  std::function<Fields()> fields;      ///< of the alternative that is selected
};

/// One member of an options struct, by reference.
struct Field {
  using Value = std::variant<bool*, int64_t*, double*, std::string*, std::vector<int64_t>*,
                             EnumReference, ChoiceReference>;
  std::string name;
  Value value;
  std::string meaning;
  Range range;
  /// The option came later than its struct and has the value that does what was done without it:
  /// left out of hashes, so that results of before are still those of the same configuration.
  bool is_as_before = false;
};

/// What is wrong with these values: one "name must be at least 1, got -3" for each, in order.
std::vector<std::string> problems_of(const Fields& fields);

/// The members of `options`, which must outlive the result.
template <class Options>
Fields fields_of(Options& options);

/// The first problem of `options`, empty if there is none; for constructors.
template <class Options>
std::string problem_with(Options options) {
  const auto problems = problems_of(fields_of(options));
  return problems.empty() ? std::string() : problems.front();
}

namespace detail {

template <class T>
struct IsVariant : std::false_type {};
template <class... T>
struct IsVariant<std::variant<T...>> : std::true_type {};

template <class Enum>
EnumReference enum_reference(Enum& value) {
  const auto names = names_of(Enum());
  return {.names = {names.begin(), names.end()},
          .get = [&value] { return static_cast<size_t>(value); },
          .set = [&value](size_t index) { value = static_cast<Enum>(index); }};
}

template <class... T>
ChoiceReference choice_reference(std::variant<T...>& value) {
  using Variant = std::variant<T...>;
  return {.names = {std::string(T::kName)...},
          .get = [&value] { return value.index(); },
          .select =
              [&value](size_t index) {
                static constexpr Variant (*kMake[])() = {[] { return Variant(T()); }...};
                value = kMake[index]();
              },
          .fields =
              [&value] {
                return std::visit([](auto& alternative) { return fields_of(alternative); }, value);
              }};
}

template <class T>
Field::Value field_value(T& member) {
  if constexpr (std::is_enum_v<T>) {
    return enum_reference(member);
  } else if constexpr (IsVariant<T>::value) {
    return choice_reference(member);
  } else {
    return &member;
  }
}

}  // namespace detail

template <class Options>
Fields fields_of(Options& options) {
  Fields fields;
  Options::fields(options, [&fields](std::string_view name, auto& member, std::string_view meaning,
                                     Range range = {}, const auto&... as_before) {
    static_assert(sizeof...(as_before) <= 1);
    fields.push_back(
        {.name = std::string(name),
         .value = detail::field_value(member),
         .meaning = std::string(meaning),
         .range = range,
         .is_as_before = ((sizeof...(as_before) > 0) && ... && (member == as_before))});
  });
  return fields;
}

}  // namespace zoo
