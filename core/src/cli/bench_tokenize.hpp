#pragma once
// `btx bench tokenize`.

#include "cli/cli.hpp"

namespace btx {

void add_bench_tokenize(Verb noun);

}  // namespace btx
