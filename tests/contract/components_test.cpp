#include "contract/components.hpp"
#include "config/fields/field_docs.hpp"

#include <algorithm>
#include <set>

using namespace btx;
using namespace btx_test;

namespace {

bool lower_case(const std::string& name) {
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

Value defaults_of(const ComponentEntry& entry) {
  FieldWriter writer;
  entry.visit(nullptr, writer);
  return writer.take();
}

}  // namespace

TEST_CASE("every plugin of the build loads") {
  all_components();
  for (const auto& plugin : Registry::instance().plugins()) {
    CAPTURE(plugin.path.string());
    CHECK(plugin.error == "");
    CHECK(!plugin.version.empty());
  }
}

TEST_CASE("every kind that a recipe needs has a component") {
  std::set<std::string> kinds;
  for (const auto& component : all_components()) kinds.insert(component.entry.kind);
  for (const char* kind :
       {"balance", "ensemble", "gate_init", "merge", "router", "source", "task"}) {
    CAPTURE(kind);
    CHECK(kinds.count(kind) == 1);
  }
}

TEST_CASE("a component has a lower-case name and says in one line what it is") {
  for (const auto& component : all_components()) {
    CAPTURE(component.entry.name);
    CHECK(lower_case(component.entry.name));
    CHECK(component.entry.summary.size() > 5);
    CHECK(!contains(component.entry.summary, "\n"));
  }
}

TEST_CASE("every parameter is lower-case and explained") {
  for (const auto& component : all_components()) {
    FieldDocs docs;
    component.entry.visit(nullptr, docs);
    for (const auto& doc : docs.docs()) {
      CAPTURE(component.entry.name);
      CAPTURE(doc.path);
      const std::string name = doc.path.substr(doc.path.rfind('.') + 1);
      CHECK((lower_case(name) || name == "<key>"));  // of a map
      CHECK(!doc.help.empty());
      CHECK(!doc.type.empty());
    }
  }
}

TEST_CASE("default parameters can be given, and resolving resolved ones changes nothing") {
  for (const auto& component : all_components()) {
    CAPTURE(component.entry.name);
    const auto resolve = [&](const Value& params) {
      return resolve_params(component.entry.kind, component.entry.name, params);
    };
    const Value defaults = defaults_of(component.entry);
    const Value once = resolve(defaults);
    CHECK(once == defaults);
    CHECK(resolve(once) == once);
    // As a resolved recipe and a checkpoint's config hold them.
    CHECK(resolve(from_json(to_json(once), "as JSON")) == once);
  }
}

TEST_CASE("a parameter that a component does not have is a usage error that names it") {
  for (const auto& component : all_components()) {
    CAPTURE(component.entry.name);
    Value params = defaults_of(component.entry);
    params.set("no_such_parameter", Value(std::int64_t{1}));
    const Caught resolved =
        caught([&] { resolve_params(component.entry.kind, component.entry.name, params); });
    CHECK(resolved.code == ExitCode::usage);
    CHECK(contains(resolved.message, "no_such_parameter"));
  }
}
