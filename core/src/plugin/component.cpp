#include "plugin/component.hpp"

#include "config/fields/field_reader.hpp"
#include "config/fields/field_writer.hpp"

#include <fmt/format.h>

#include <string_view>

namespace btx {
namespace {

std::string describe(const RegisteredComponent& component) {
  const PluginRecord& plugin = Registry::instance().plugin_of(component);
  return fmt::format("plugin '{}' {}: {}:{}", plugin.name, plugin.version, component.entry.kind,
                     component.entry.name);
}

// LibTorch appends a backtrace to its messages.
std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

void rethrow_from_plugin(const std::string& who) {
  try {
    throw;
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: {}", who, error.what()));
  } catch (const std::exception& error) {
    throw Error(ExitCode::plugin, fmt::format("{}: {}", who, first_line(error.what())));
  } catch (...) {
    throw Error(ExitCode::plugin, fmt::format("{}: threw something that is not an exception", who));
  }
}

std::pair<std::shared_ptr<void>, std::string> make_untyped(const std::string& kind,
                                                           const std::string& name,
                                                           const Value& params) {
  const RegisteredComponent& component = Registry::instance().find(kind, name);
  const std::string who = describe(component);
  FieldReader reader(params, fmt::format("parameters of {}:{}", kind, name), PackagePaths::open);
  try {
    auto object = component.entry.make(reader);
    reader.finish();
    return {std::move(object), who};
  } catch (const Error&) {
    throw;
  } catch (...) {
    rethrow_from_plugin(who);
  }
}

Value resolve_params(const std::string& kind, const std::string& name, const Value& params) {
  const RegisteredComponent& component = Registry::instance().find(kind, name);
  FieldReader reader(params, fmt::format("parameters of {}:{}", kind, name));
  FieldWriter writer;
  component.entry.visit(&reader, writer);
  reader.finish();
  return writer.take();
}

}  // namespace btx
