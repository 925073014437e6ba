#pragma once
// Imports a model: a Hugging Face folder or a GGUF file.

#include "pipeline/stage_context.hpp"

#include <btx/params.hpp>

#include <vector>

namespace btx {

/// Inputs: "tokenizer", the run's; without it the model keeps its own. Places: "model".
struct ImportWork {
  static constexpr const char* kKind = "import";
  static constexpr std::int64_t kNumerics = 2;
  void fields(Fields& /*f*/) {}
};

/// The files of a model that the stage reads; their digests are part of its key.
BTX_EXPORT std::vector<fs::path> import_files(const fs::path& model);

/// Writes the same model as one float32 file, with a tokenizer.
BTX_EXPORT void run(const ImportWork& work, const StageContext& context);

}  // namespace btx
