#pragma once
// Encodes one domain's train and dev documents.

#include "pipeline/stage_context.hpp"

#include <btx/params.hpp>

namespace btx {

/// Inputs: "documents", "tokenizer".
struct TokensWork {
  static constexpr const char* kKind = "tokens";
  static constexpr std::int64_t kNumerics = 1;
  void fields(Fields& /*f*/) {}
};

/// Writes train.tokens and dev.tokens (data/token_file.hpp).
BTX_EXPORT void run(const TokensWork& work, const StageContext& context);

}  // namespace btx
