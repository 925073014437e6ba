#pragma once
// [eval]: what is measured on every model.

#include "config/value.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// One evaluation set: a request file, or any text.
struct EvalSetConfig {
  std::string name;
  std::string requests;
  std::string text;
  std::string task;
  Value params;
  std::vector<std::string> groups;
  std::string prior_from;
  std::int64_t items = 0;
  std::int64_t shots = 0;
  std::string split;
  std::string licence;
  void fields(Fields& f) {
    f("name", name, "of the set in tables", {.required = true});
    f("requests", requests,
      "a request file, .jsonl, .jsonl.gz or .jsonl.zst: a line for each context and continuation",
      {.path = true});
    f("text", text, "a text file, scored as one document; instead of requests", {.path = true});
    f("task", task, "plugin that turns the set into requests and scores the answers",
      {.required = true});
    f("params", params, "of the task plugin");
    f("groups", groups, "sets of one group have a mean of their own; a set may be in several");
    f("prior_from", prior_from,
      "domain whose dev text is of the set's kind, for ensembles that have a prior of it",
      {.omit_default = true});
    f("items", items, "the first so many of an order that depends on the set alone; 0: all",
      {.min = 0});
    f("shots", shots, "number of examples in each context; shown in the report, changes nothing",
      {.min = 0});
    f("split", split, "of the set's source; only reported");
    f("licence", licence, "of the set; only reported");
  }
};

/// Tasks on held-out text, and evaluation sets.
struct EvalConfig {
  std::vector<std::string> tasks;
  Value params;
  std::vector<EvalSetConfig> set;
  std::int64_t window = 0;
  std::int64_t batch_size = 16;
  std::int64_t max_bytes = 0;
  std::int64_t draws = 1;
  void fields(Fields& f) {
    f("tasks", tasks, "plugins that score each domain's held-out text, for every model");
    f("params", params, "a table for each task with parameters");
    f("set", set, "evaluation sets; each names its task");
    f("window", window, "tokens scored at once; the stride is half of it; 0: the context",
      {.min = 0, .unit = Unit::tokens});
    f("batch_size", batch_size, "windows of one pass; results do not depend on it", {.min = 1});
    f("draws", draws,
      "how often a mixture is scored whose router draws outside training, each time by other "
      "random "
      "numbers; scores are means over them with an error of their own",
      {.min = 1, .max = 10000});
    f("max_bytes", max_bytes,
      "test text of each domain: so many of its documents, drawn by a hash of their names, as have "
      "this size on average; 0: all",
      {.min = 0, .unit = Unit::bytes});
  }
};

}  // namespace btx
