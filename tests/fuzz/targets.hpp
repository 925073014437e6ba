#pragma once
// What is done with bytes that may be anything: each function returns, or throws btx::Error.
// Anything else, and any allocation far beyond the bytes themselves, is a fault.

#include <cstddef>
#include <string_view>

namespace btx_test {

void fuzz_tokenizer_json(std::string_view bytes);
void fuzz_sentencepiece(std::string_view bytes);
void fuzz_safetensors(std::string_view bytes);
void fuzz_gguf(std::string_view bytes);

}  // namespace btx_test
