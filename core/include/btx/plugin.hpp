#pragma once
// What a plugin includes, together with the interface it implements (router.hpp, ...), and the one
// macro it needs:
//
//   #include <btx/plugin.hpp>
//   #include <btx/router.hpp>
//   namespace {
//   class Nearest final : public btx::Router {
//    public:
//     struct Config {
//       double scale = 1.0;
//       void fields(btx::Fields& f) { f("scale", scale, "what it does", {.min = 0}); }
//     };
//     explicit Nearest(const Config& config) : config_(config) {}
//     ...
//   };
//   }  // namespace
//   BTX_PLUGIN("nearest", "0.1.0", registrar) {
//     registrar.add<btx::Router, Nearest>("nearest", "one line on what it is");
//   }
//
// A plugin is code in this process: there is no sandbox. It is opened once and never unloaded.
// No thread_local variables, no TORCH_LIBRARY and no static initialisers with effects in plugins.
//
// Marks at the end of comments, in these headers and in core/src, say which threads may call a
// function, or the const functions of a class; a plugin has to bear what the marks of the functions
// that it implements allow:
//   [any]         any thread, and several at once
//   [main]        the thread that does the work of the command or stage, and no other beside it
//   [loader]      the thread that opens the plugin, before anything of it is used
//   [one thread]  any thread, but one at a time; so too where there is no mark

#include <btx/error.hpp>
#include <btx/export.hpp>
#include <btx/log.hpp>
#include <btx/params.hpp>

#include <functional>
#include <memory>
#include <string>

// Defined by the core under a name that spells the ABI; a plugin built for another one cannot be
// opened, so none of its code runs. btx_add_plugin() sets both names.
#ifdef BTX_ABI_SYMBOL
extern "C" BTX_EXPORT const char BTX_ABI_SYMBOL[];
#endif

namespace btx {

/// A component as the core keeps it. `make` reads the parameters through a visitor and builds the
/// object; `visit` runs one visitor over default parameters, or over those that `read` filled.
struct ComponentEntry {
  std::string kind;     ///< "router", "merge", ...
  std::string name;     ///< unique within the kind
  std::string summary;  ///< one line
  std::function<std::shared_ptr<void>(FieldVisitor& read)> make;
  std::function<void(FieldVisitor* read, FieldVisitor& visit)> visit;
};

/// The type a component is kept as: Interface::Registered, or Interface itself.
template <class Interface>
struct RegisteredAs {
  using Type = Interface;
};
template <class Interface>
requires requires {
  typename Interface::Registered;
}
struct RegisteredAs<Interface> {
  using Type = typename Interface::Registered;
};

/// Handed to a plugin's registration function; keeps what it adds only if all of it succeeds.
class BTX_EXPORT Registrar {
 public:
  virtual ~Registrar();

  /// Adds component `T` of interface `Interface`. T has a nested `Config` with fields() and a
  /// constructor that takes it. `name` is lower_case; the kind is the interface's.   [loader]
  /// A name that is taken refuses the plugin as a whole, once it has added everything.
  template <class Interface, class T>
  void add(const char* name, const char* summary) {
    ComponentEntry entry{Interface::kKind, name, summary, nullptr, nullptr};
    entry.make = [](FieldVisitor& read) -> std::shared_ptr<void> {
      typename T::Config config;
      Fields fields(read);
      config.fields(fields);
      std::shared_ptr<Interface> made = std::make_shared<T>(config);
      std::shared_ptr<typename RegisteredAs<Interface>::Type> kept = std::move(made);
      return kept;
    };
    entry.visit = [](FieldVisitor* read, FieldVisitor& visit) {
      typename T::Config config;
      if (read != nullptr) {
        Fields fields(*read);
        config.fields(fields);
      }
      Fields fields(visit);
      config.fields(fields);
    };
    add_entry(std::move(entry));
  }

  virtual void add_entry(ComponentEntry entry) = 0;
};

/// What btx_plugin_v1() returns.
struct PluginInfo {
  const char* abi_tag;  ///< a symbol of the program: a library for another one cannot be opened
  const char* name;
  const char* version;
  void (*register_components)(Registrar&);
};

}  // namespace btx

/// Makes a library a plugin: once in one source file of it, followed by the body of the function
/// that adds its components to REGISTRAR. NAME and VERSION are string literals; messages, `btx
/// plugin ls` and the keys of stages name them. The body may throw btx::Error, then nothing is
/// added.
#define BTX_PLUGIN(NAME, VERSION, REGISTRAR)                                                      \
  extern "C" BTX_EXPORT const char BTX_BUILT_FOR_SYMBOL[];                                        \
  extern "C" BTX_EXPORT const char BTX_BUILT_FOR_SYMBOL[] = "btx plugin";                         \
  static void btx_register_components(::btx::Registrar&);                                         \
  extern "C" BTX_EXPORT const ::btx::PluginInfo* btx_plugin_v1() noexcept {                       \
    static const ::btx::PluginInfo info{BTX_ABI_SYMBOL, NAME, VERSION, &btx_register_components}; \
    return &info;                                                                                 \
  }                                                                                               \
  static void btx_register_components(::btx::Registrar& REGISTRAR)  // NOLINT: a name, no value
