#include "pipeline/evaluation_sets.hpp"

#include "plugin/component.hpp"
#include "recipe/config.hpp"
#include "recipe/package_path.hpp"
#include "recipe/place.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <set>

namespace btx {
namespace {

void check_set(const EvalSetConfig& set, const Value& tree) {
  const auto refuse = [&](const char* key, const std::string& what) {
    fail_at(nearest(tree, {"eval", "set", set.name, key}).source,
            fmt::format("evaluation set '{}': {}", set.name, what));
  };
  if (set.name.empty()) refuse("name", "needs a name");
  if (set.requests.empty() == set.text.empty()) {
    refuse("name", "needs a file: requests or text, one of them");
  }
  if (!set.text.empty() && set.items > 0) refuse("items", "a text is one item; leave items out");
}

}  // namespace

void resolve_sets(EvalConfig& eval, const Value& tree, const std::vector<std::string>& taken) {
  std::set<std::string> names(taken.begin(), taken.end());
  for (auto& set : eval.set) {
    check_set(set, tree);
    if (!names.insert(set.name).second) {
      fail_at(nearest(tree, {"eval", "set", set.name}).source,
              fmt::format("evaluation set '{}': a domain or another set has that name", set.name));
    }
    set.params = with_place(tree, {"eval", "set", set.name, "task"},
                            [&] { return resolve_params("task", set.task, set.params); });
  }
}

std::string file_of(const EvalSetConfig& set) {
  return local_path(set.requests.empty() ? set.text : set.requests);
}

Array sets_config(const EvalConfig& eval) {
  Array sets;
  for (const auto& set : eval.set) {
    Value value = write_config(set);
    value.set("requests", Value(!set.requests.empty()));
    value.erase("text");
    sets.push_back(std::move(value));
  }
  return sets;
}

Array set_names(const EvalConfig& eval) {
  Array sets;
  for (const auto& set : eval.set) {
    Value value;
    value.set("name", Value(set.name));
    value.set("requests", Value(!set.requests.empty()));
    sets.push_back(std::move(value));
  }
  return sets;
}

Value set_files(const EvalConfig& eval) {
  Value files;
  for (const auto& set : eval.set) files.set(set.name, Value(file_of(set)));
  return files;
}

}  // namespace btx
