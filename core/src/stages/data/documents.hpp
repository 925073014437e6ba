#pragma once
// Reads one domain's documents from its source.

#include "config/value.hpp"
#include "eval/evaluation_set.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/schema/split.hpp"

#include <btx/params.hpp>

#include <optional>
#include <string>
#include <vector>

namespace btx {

/// Places: "set/NAME", the file of each set.
struct DocumentsWork {
  static constexpr const char* kKind = "documents";
  static constexpr std::int64_t kNumerics = 2;
  std::string domain, source;
  Value params;
  SplitConfig split;
  std::optional<std::vector<SetText>> sets;  ///< whose text no document may have

  void fields(Fields& f) {
    f("domain", domain, "name of the domain");
    f("source", source, "plugin that reads the documents");
    f("params", params, "parameters of the source plugin");
    f("split", split, "how documents are held out");
    f("sets", sets, "evaluation sets whose text no document may have");
  }
};

/// Writes train.jsonl, dev.jsonl, test.jsonl, documents.json and train.hashes (data/documents.hpp).
BTX_EXPORT void run(const DocumentsWork& work, const StageContext& context);

}  // namespace btx
