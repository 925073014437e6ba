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

/// The tokenizer of a tokenizer.json, a SentencePiece model, a GGUF file or a model's folder.
/// Throws as Tokenizer::load() or gguf_tokenizer().
BTX_EXPORT Tokenizer import_tokenizer(const fs::path& path);

/// The tokenizer with documents that end as a model's folder or GGUF file says, if it says so with
/// one of the tokenizer's tokens.
BTX_EXPORT Tokenizer with_end_of(const Tokenizer& tokenizer, const fs::path& model);

}  // namespace btx
