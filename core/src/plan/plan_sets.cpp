#include "plan/plan_sets.hpp"

#include "base/text.hpp"
#include "config/config.hpp"
#include "config/package_path.hpp"
#include "config/place.hpp"
#include "eval/generation/prompt_room.hpp"
#include "plugin/component.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace btx {
namespace {

void check_set(const EvalSetConfig& set, const Value& tree) {
  const auto refuse = [&](const char* key, const std::string& what) {
    fail_at(nearest(tree, {"eval", "set", set.name, key}).place,
            fmt::format("evaluation set '{}': {}", set.name, what));
  };
  if (set.name.empty()) refuse("name", "needs a name");
  if (set.requests.empty() == set.text.empty()) {
    refuse("name", "needs a file: requests or text, one of them");
  }
  if (!set.text.empty() && set.items > 0) refuse("items", "a text is one item; leave items out");
  if (std::ranges::find(set.groups, "mean") != set.groups.end()) {
    refuse("groups", "'mean' is what the mean of all sets is called; name the group otherwise");
  }
}

}  // namespace

void resolve_sets(EvalConfig& eval, const Value& tree, const std::vector<std::string>& domains) {
  std::set<std::string> names(domains.begin(), domains.end());
  for (auto& set : eval.set) {
    check_set(set, tree);
    if (!names.insert(set.name).second) {
      fail_at(nearest(tree, {"eval", "set", set.name}).place,
              fmt::format("evaluation set '{}': a domain or another set has that name", set.name));
    }
    const bool known =
        domains.empty() || std::ranges::find(domains, set.prior_from) != domains.end();
    if (!set.prior_from.empty() && !known) {
      fail_at(nearest(tree, {"eval", "set", set.name, "prior_from"}).place,
              fmt::format("evaluation set '{}': prior_from: no domain '{}'{}", set.name,
                          set.prior_from, known_names(set.prior_from, domains)));
    }
    set.params = with_place(tree, {"eval", "set", set.name, "task"},
                            [&] { return resolve_params("task", set.task, set.params); });
  }
}

std::string file_of(const EvalSetConfig& set) {
  return local_path(set.requests.empty() ? set.text : set.requests);
}

EvaluationSet evaluation_set(const EvalSetConfig& set) {
  EvaluationSet told;
  told.name = set.name;
  told.requests = !set.requests.empty();
  told.task = set.task;
  told.groups = set.groups;
  told.split = set.split;
  told.licence = set.licence;
  told.prior_from = set.prior_from;
  told.items = set.items;
  told.shots = set.shots;
  told.params = set.params;
  return told;
}

std::vector<EvaluationSet> evaluation_sets(const EvalConfig& eval) {
  std::vector<EvaluationSet> sets;
  for (const auto& set : eval.set) sets.push_back(evaluation_set(set));
  return sets;
}

void check_sets(const EvalConfig& eval, std::int64_t context) {
  for (const auto& set : eval.set) {
    if (!is_fetched(set.requests.empty() ? set.text : set.requests)) continue;
    const auto task = make_component<Task>(set.task, set.params);
    for (const auto& request :
         requests_of(task, read_set(evaluation_set(set), file_of(set)).input)) {
      if (request.max_tokens > 0) prompt_room(request, context);
    }
  }
}

}  // namespace btx
