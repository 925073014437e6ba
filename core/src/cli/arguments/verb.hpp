#pragma once
// A verb of the command line as its file sees it. CLI11 is behind it, in verb.cpp and cli.cpp
// alone: its headers take longer to compile than all verbs together.

#include <btx/enum_names.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace btx {

/// An argument that a verb takes. Refused values end the program with exit code 2 and the reason.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}

  Argument& required();
  /// The help shows the value that it has now.
  Argument& show_default();
  Argument& show_default(const std::string& text);
  /// From low to high, both included; a NaN is refused.
  Argument& in_range(std::int64_t low, std::int64_t high);
  Argument& between(double low, double high);
  Argument& one_of(const std::vector<std::string>& names);
  /// Of a list: one value may hold several, with this character between them.
  Argument& separated_by(char character);
  /// Of a list: each value needs the option's name in front of it.
  Argument& one_at_a_time();

 private:
  CLI::Option* option_;
};

/// A verb, a noun with verbs, or the program itself. Values must outlive the parsing of the command
/// line.
class Verb {
 public:
  /// `chosen` gets what the verb that is given does.
  Verb(CLI::App* app, std::function<int()>* chosen) : app_(app), chosen_(chosen) {}

  /// A verb under this one.
  Verb add_verb(const std::string& name, const std::string& help) const;
  /// A noun under this one, of whose verbs one must be given.
  Verb add_noun(const std::string& name, const std::string& help) const;

  /// "--name" is an option, "NAME" a positional argument; a bool is true where it is given.
  Argument add(const std::string& name, std::string& value, const std::string& help) const;
  Argument add(const std::string& name, std::vector<std::string>& value,
               const std::string& help) const;
  Argument add(const std::string& name, std::int64_t& value, const std::string& help) const;
  Argument add(const std::string& name, int& value, const std::string& help) const;
  Argument add(const std::string& name, double& value, const std::string& help) const;
  Argument add(const std::string& name, bool& value, const std::string& help) const;
  /// Calls `set` with the value that is given.
  Argument add(const std::string& name, const std::function<void(const std::string&)>& set,
               const std::string& help) const;
  /// The name of an enum's value.
  template <class E>
  Argument add_choice(const std::string& name, E& value, const std::string& help) const {
    const std::function<void(const std::string&)> set = [&value](const std::string& text) {
      value = *value_named<E>(text);
    };
    return add(name, set, help)
        .one_of({kEnumNames<E>.begin(), kEnumNames<E>.end()})
        .show_default(name_of(value));
  }
  /// Calls `act` where --name is given.
  void add_action(const std::string& name, std::function<void()> act,
                  const std::string& help) const;

  /// What this verb does, with the program's exit code; called once the whole command line is read.
  void runs(std::function<int()> act) const;

 private:
  CLI::App* app_;
  std::function<int()>* chosen_;
};

}  // namespace btx
