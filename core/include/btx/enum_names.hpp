#pragma once
// Enums as recipes, artifacts and messages spell them. An enum that is a field of a config states
// its names once, in the order of its values:
//
//   enum class Schedule { cosine, constant };
//   template <>
//   inline constexpr auto btx::kEnumNames<Schedule> = std::array{"cosine", "constant"};

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace btx {

/// Specialised for every enum that has names.
template <class E>
inline constexpr std::nullptr_t kEnumNames = nullptr;

/// The name of a value.   [any]
template <class E>
constexpr const char* name_of(E value) {
  return kEnumNames<E>[static_cast<std::size_t>(value)];
}

/// The value of this name, if there is one.   [any]
template <class E>
constexpr std::optional<E> value_named(std::string_view name) {
  for (std::size_t i = 0; i < kEnumNames<E>.size(); ++i) {
    if (name == kEnumNames<E>[i]) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace btx
