#pragma once
// Makes the run's tokenizer: trained on its documents, or imported.

#include "pipeline/stage_context.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>

namespace btx {

/// Inputs of one that is trained: "documents/DOMAIN". Places of one that is imported: "tokenizer".
struct TokenizerWork {
  static constexpr const char* kKind = "tokenizer";
  static constexpr std::int64_t kNumerics = 1;
  bool import = false;
  std::string
      end;  ///< the token that ends a document, if its own file does not say; of imported ones
  std::int64_t vocab_size = 0, train_bytes = 0;  ///< these and the next: of one that is trained
  bool split_digits = true;

  void fields(Fields& f) {
    f("import", import, "whether it is imported");
    if (import) {
      f("end", end, "the token that ends a document, if not the one its own file names",
        {.omit_default = true});
      return;
    }
    f("vocab_size", vocab_size, "tokens of the vocabulary");
    f("train_bytes", train_bytes, "text it is trained on, in equal parts from the domains");
    f("split_digits", split_digits, "digits are tokens of their own");
  }
};

/// Writes tokenizer.json, or what an imported tokenizer is called, and what has to lie beside it.
BTX_EXPORT void run(const TokenizerWork& work, const StageContext& context);

}  // namespace btx
