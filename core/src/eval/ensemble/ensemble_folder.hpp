#pragma once
// An ensemble as an artifact: ensemble.json (plugin, parameters, members), state.txt (what fit()
// gave). Its stage puts the members' tokenizer beside them; the members stay where they are.

#include "base/file.hpp"
#include "plugin/component.hpp"

#include <btx/ensemble.hpp>

#include <string>
#include <vector>

namespace btx {

/// An ensemble read from its folder, ready to weigh.
struct EnsembleFolder {
  Component<Ensemble> component;  ///< with its state restored
  std::vector<EnsembleMember> members;
};

/// Whether a folder has an ensemble.json.
BTX_EXPORT bool is_ensemble(const fs::path& folder);
/// Throws btx::Error naming the file for what write_ensemble() did not write.
BTX_EXPORT EnsembleFolder read_ensemble(const fs::path& folder);
/// Writes ensemble.json and state.txt; the tokenizer's files come from the stage that fits it.
void write_ensemble(const std::string& type, const Value& params,
                    const std::vector<EnsembleMember>& members, const std::string& state,
                    const fs::path& folder);

}  // namespace btx
