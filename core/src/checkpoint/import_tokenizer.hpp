#pragma once
// The tokenizer of a model, whatever format it is in.

#include "tokenizer/tokenizer.hpp"

#include <filesystem>

namespace btx {

/// The tokenizer of a tokenizer.json, a SentencePiece model, a GGUF file or a model's folder.
/// Throws as Tokenizer::load() or gguf_tokenizer().
BTX_EXPORT Tokenizer import_tokenizer(const std::filesystem::path& path);

/// The tokenizer with documents that end as a model's folder or GGUF file says, if it says so with
/// one of the tokenizer's tokens.
BTX_EXPORT Tokenizer with_end_of(const Tokenizer& tokenizer, const std::filesystem::path& model);

}  // namespace btx
