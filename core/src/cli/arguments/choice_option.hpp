#pragma once
// Options that take the name of an enum's value.

#include <btx/enum_names.hpp>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace btx {

/// Adds --name; the help shows the value it has now. `value` must outlive the verb.
template <class E>
void add_choice(CLI::App& verb, const std::string& name, E& value, const std::string& help) {
  const std::vector<std::string> names(kEnumNames<E>.begin(), kEnumNames<E>.end());
  const auto set = [&value](const std::string& text) { value = *value_named<E>(text); };
  verb.add_option_function<std::string>(name, set, help)
      ->check(CLI::IsMember(names))
      ->default_str(name_of(value));
}

}  // namespace btx
