#pragma once
// A component in use: built from its resolved parameters, and called under a guard that adds the
// plugin's name to whatever it throws.

#include "config/value.hpp"
#include "plugin/registry.hpp"

#include <memory>
#include <string>
#include <utility>

namespace btx {

/// Re-throws the exception in flight as btx::Error with `who` in front. A btx::Error, which a
/// plugin throws on purpose, keeps its exit code; anything else is the plugin's fault
/// (ExitCode::plugin).
[[noreturn]] BTX_EXPORT void rethrow_from_plugin(const std::string& who);

/// An object of interface T with the name that its errors get. Copies share the object; one that is
/// made by default has none.
template <class T>
class Component {
 public:
  Component() = default;
  Component(std::shared_ptr<const T> object, std::string who)
      : object_(std::move(object)), who_(std::move(who)) {}

  /// f(component), with errors naming the plugin.
  template <class F>
  decltype(auto) call(F&& f) const {
    try {
      return std::forward<F>(f)(*object_);
    } catch (...) {
      rethrow_from_plugin(who_);
    }
  }
  explicit operator bool() const { return object_ != nullptr; }
  const T& get() const { return *object_; }
  /// "plugin 'top_k' 0.1.0: router:top_k".
  const std::string& who() const { return who_; }

 private:
  std::shared_ptr<const T> object_;
  std::string who_;
};

/// The object and its description; the type is checked by make_component().
BTX_EXPORT std::pair<std::shared_ptr<void>, std::string> make_untyped(const std::string& kind,
                                                                      const std::string& name,
                                                                      const Value& params);

/// Builds component `name` with these parameters (missing ones take their defaults).
/// Throws btx::Error: unknown name (plugin), unknown or bad parameter (usage, with its place), and
/// as local_path() for paths into packages.
template <class T>
Component<T> make_component(const std::string& name, const Value& params = {}) {
  auto [object, who] = make_untyped(T::kKind, name, params);
  auto kept = std::static_pointer_cast<typename RegisteredAs<T>::Type>(object);
  return {std::static_pointer_cast<const T>(kept), std::move(who)};
}

/// As make_component(), with f(object) called once, under the guard, before it is shared.
template <class T, class F>
Component<T> make_restored(const std::string& name, const Value& params, F&& f) {
  auto [object, who] = make_untyped(T::kKind, name, params);
  auto kept =
      std::static_pointer_cast<T>(std::static_pointer_cast<typename RegisteredAs<T>::Type>(object));
  try {
    f(*kept);
  } catch (...) {
    rethrow_from_plugin(who);
  }
  return {std::move(kept), std::move(who)};
}

/// The parameters with every default filled in. Throws as make_component().
BTX_EXPORT Value resolve_params(const std::string& kind, const std::string& name,
                                const Value& params);

}  // namespace btx
