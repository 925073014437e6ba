#include "stages/data/tokens.hpp"

#include "data/documents.hpp"
#include "data/token_file.hpp"
#include "tokenizer/tokenizer.hpp"

namespace btx {

void run(const TokensWork& /*work*/, const StageContext& context) {
  const Tokenizer tokenizer = Tokenizer::load(context.input("tokenizer"));
  for (const Split split : {Split::train, Split::dev}) {
    write_token_file(context.input("documents"), split, tokenizer, context.threads,
                     context.output / (std::string(split_name(split)) + ".tokens"));
  }
}

}  // namespace btx
