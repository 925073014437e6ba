#pragma once
// The verbs of `btx tokenizer` that use a tokenizer there is: encode, convert.

#include "cli/cli.hpp"

namespace btx {

void add_tokenizer_encode(CLI::App& noun, CommandLine& line);
void add_tokenizer_convert(CLI::App& noun, CommandLine& line);

}  // namespace btx
