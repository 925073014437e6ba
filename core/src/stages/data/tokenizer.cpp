#include "stages/data/tokenizer.hpp"

#include "checkpoint/import_tokenizer.hpp"
#include "data/documents.hpp"
#include "tokenizer/bpe/train_bpe.hpp"
#include "tokenizer/tokenizer.hpp"

#include <algorithm>

namespace btx {
namespace {

/// Train documents of every domain, the same number of bytes of each, at even intervals.
std::vector<std::string> tokenizer_texts(const StageContext& context, std::int64_t bytes) {
  const double share = static_cast<double>(bytes) / static_cast<double>(context.inputs.size());
  std::vector<std::string> texts;
  for (const auto& [role, folder] : context.inputs) {
    const auto total = static_cast<double>(documents_bytes(folder, Split::train));
    double seen = 0;
    double taken = 0;
    read_documents(folder, Split::train, [&](const Document& document) {
      const auto size = static_cast<double>(document.text.size());
      seen += size;
      if (taken + size / 2 > seen * std::min(1.0, share / total)) return;
      taken += size;
      texts.push_back(document.text);
    });
  }
  return texts;
}

Tokenizer trained(const TokenizerWork& work, const StageContext& context) {
  BpeTrainConfig config;
  config.vocab_size = work.vocab_size;
  config.split_digits = work.split_digits;
  config.threads = context.threads;
  return train_bpe(tokenizer_texts(context, work.train_bytes), config);
}

}  // namespace

void run(const TokenizerWork& work, const StageContext& context) {
  if (!work.import) return trained(work, context).save(context.output);
  const Tokenizer imported = import_tokenizer(context.place("tokenizer"));
  const auto end = imported.token_id(work.end);
  (end ? imported.with_end(*end) : imported).save(context.output);
}

}  // namespace btx
