#pragma once
// What all stages that score text are told, and the text.

#include "data/sample_documents.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/schema/engine.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Part of the settings of dev_loss and evaluate stages.
struct ScoringSettings {
  EngineConfig engine;
  std::int64_t window = 0;      ///< tokens scored at once; 0: the model's context
  std::int64_t batch_size = 0;  ///< windows of one pass
  std::int64_t max_bytes = 0;   ///< text of each domain; 0: all

  void fields(Fields& f) {
    f("engine", engine, "where and how it is computed");
    f("window", window, "tokens scored at once; 0: the model's context");
    f("batch_size", batch_size, "windows of one pass");
    f("max_bytes", max_bytes, "text of each domain, on average; 0: all");
  }
};

/// Throws btx::Error: all `left_out` test documents of the domain are trained on.
[[noreturn]] BTX_EXPORT void fail_nothing_held_out(const std::string& domain,
                                                   std::int64_t left_out);

/// Hashes of every text that some domain trains on.
BTX_EXPORT TextHashes trained_texts(const StageContext& context,
                                    const std::vector<std::string>& domains);

/// A fair sample of a domain's documents of one split; not those whose text is among `trained`.
BTX_EXPORT DocumentSample held_out(const StageContext& context, const std::string& domain,
                                   Split split, std::int64_t max_bytes, const TextHashes& trained);

}  // namespace btx
