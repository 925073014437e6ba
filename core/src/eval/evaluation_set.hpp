#pragma once
// An evaluation set as stages know it: what the recipe says of it, apart from where its file lies.

#include "base/file.hpp"
#include "config/value.hpp"
#include "data/decontamination.hpp"
#include "plugin/component.hpp"

#include <btx/params.hpp>
#include <btx/task.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// A set of which only the text is read.
struct SetText {
  std::string name;
  bool requests = true;  ///< a request file, or else any text

  void fields(Fields& f) {
    f("name", name, "name of the set");
    f("requests", requests, "a request file, or else any text");
  }
};

/// What a recipe says of a set ([[eval.set]]) but its task's parameters.
struct SetDescription : SetText {
  std::string task, split, licence;
  std::vector<std::string> groups;
  std::string prior_from;
  std::int64_t items = 0, shots = 0;

  void fields(Fields& f) {
    SetText::fields(f);
    f("task", task, "task plugin");
    f("groups", groups, "sets of one group have a mean");
    f("prior_from", prior_from, "domain whose dev text is of the set's kind",
      {.omit_default = true});
    f("items", items, "how many items; 0: all");
    f("shots", shots, "number of examples in each context");
    f("split", split, "split of the set's source");
    f("licence", licence, "licence of the set");
  }
};

/// A set that is scored.
struct EvaluationSet : SetDescription {
  Value params;  ///< of the task, resolved

  void fields(Fields& f) {
    SetDescription::fields(f);
    f("params", params, "parameters of the task plugin");
  }
};

/// What a report says of a set; `items` are those that were scored.
struct SetFacts : SetDescription {
  std::int64_t unconditional = 0;  ///< lines left out: choices without their question
  std::string digest;              ///< of the file

  void fields(Fields& f) {
    SetDescription::fields(f);
    f("unconditional", unconditional, "lines left out: choices without their question");
    f("digest", digest, "digest of the file");
  }
};

/// What a task is given of a set, and what is to be said of it.
struct SetInput {
  TaskInput input;
  SetFacts facts;
};

/// Reads a set. Throws btx::Error (usage) with the place for what is wrong in its file, or run for
/// one that cannot be read or changes meanwhile.
BTX_EXPORT SetInput read_set(const EvaluationSet& set, const fs::path& file);

/// What the task asks of that input. Throws btx::Error as the task does, and if it asks nothing.
BTX_EXPORT std::vector<Request> requests_of(const Component<Task>& task, const TaskInput& input);

/// A decontamination that knows the text of the sets; `files` in their order.
/// Throws btx::Error for files that cannot be read.
BTX_EXPORT Decontamination make_decontamination(std::size_t words, const std::vector<SetText>& sets,
                                                const std::vector<fs::path>& files);

}  // namespace btx
