#pragma once
// The vocabulary inside a GGUF file as a tokenizer.

#include "checkpoint/gguf/gguf.hpp"
#include "tokenizer/tokenizer.hpp"

namespace btx {

/// Reads tokenizer.ggml.*: of model "gpt2" (byte-level BPE; "pre" names the pre-tokenizer) or
/// "llama" (SentencePiece BPE, whose merges follow from the pieces' scores as transformers derives
/// them). Documents end in the token eos_token_id. Throws btx::Error naming the file and the key
/// of what is missing, malformed or not supported.
BTX_EXPORT Tokenizer gguf_tokenizer(const GgufFile& file);

/// The tokenizer with documents that end in the file's eos_token_id, if that is a token of it.
Tokenizer with_gguf_end(const Tokenizer& tokenizer, const GgufFile& file);

}  // namespace btx
