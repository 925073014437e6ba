#pragma once
// The verbs of `btx tokenizer` that use a tokenizer there is: encode, convert.

#include "cli/cli.hpp"

namespace btx {

void add_tokenizer_encode(Verb noun, CommandLine& line);
void add_tokenizer_convert(Verb noun);

}  // namespace btx
