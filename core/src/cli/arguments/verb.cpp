#include "cli/arguments/verb.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <type_traits>

namespace btx {
namespace {

template <class Number>
CLI::Validator number_in(Number low, Number high) {
  const auto check = [low, high](const std::string& text) {
    Number number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    const bool good = error == std::errc() && stop == end && number >= low && number <= high;
    const char* kind = std::is_integral_v<Number> ? "whole number" : "number";
    return good ? "" : fmt::format("needs a {} from {} to {}, got '{}'", kind, low, high, text);
  };
  return {check, fmt::format("in [{} - {}]", low, high)};
}

}  // namespace

Argument& Argument::required() {
  option_->required();
  return *this;
}

Argument& Argument::show_default() {
  option_->capture_default_str();
  return *this;
}

Argument& Argument::show_default(const std::string& text) {
  option_->default_str(text);
  return *this;
}

Argument& Argument::in_range(std::int64_t low, std::int64_t high) {
  option_->check(number_in(low, high));
  return *this;
}

Argument& Argument::between(double low, double high) {
  option_->check(number_in(low, high));
  return *this;
}

Argument& Argument::one_of(const std::vector<std::string>& names) {
  option_->check(CLI::IsMember(names));
  return *this;
}

Argument& Argument::separated_by(char character) {
  option_->delimiter(character);
  return *this;
}

Argument& Argument::one_at_a_time() {
  option_->allow_extra_args(false);
  return *this;
}

Verb Verb::add_verb(const std::string& name, const std::string& help) const {
  return {app_->add_subcommand(name, help), chosen_};
}

Verb Verb::add_noun(const std::string& name, const std::string& help) const {
  CLI::App* noun = app_->add_subcommand(name, help);
  noun->require_subcommand(1);
  return {noun, chosen_};
}

Argument Verb::add(const std::string& name, std::string& value, const std::string& help) const {
  return Argument(app_->add_option(name, value, help));
}

Argument Verb::add(const std::string& name, std::vector<std::string>& value,
                   const std::string& help) const {
  return Argument(app_->add_option(name, value, help));
}

Argument Verb::add(const std::string& name, std::int64_t& value, const std::string& help) const {
  return Argument(app_->add_option(name, value, help));
}

Argument Verb::add(const std::string& name, int& value, const std::string& help) const {
  return Argument(app_->add_option(name, value, help));
}

Argument Verb::add(const std::string& name, double& value, const std::string& help) const {
  return Argument(app_->add_option(name, value, help));
}

Argument Verb::add(const std::string& name, bool& value, const std::string& help) const {
  return Argument(app_->add_flag(name, value, help));
}

Argument Verb::add(const std::string& name, const std::function<void(const std::string&)>& set,
                   const std::string& help) const {
  return Argument(app_->add_option_function<std::string>(name, set, help));
}

void Verb::add_action(const std::string& name, std::function<void()> act,
                      const std::string& help) const {
  app_->add_flag_callback(name, std::move(act), help);
}

void Verb::runs(std::function<int()> act) const {
  app_->callback([chosen = chosen_, act = std::move(act)] { *chosen = act; });
}

}  // namespace btx
