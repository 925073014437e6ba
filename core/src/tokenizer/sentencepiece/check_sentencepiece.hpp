#pragma once
// What libsentencepiece takes for granted in a model: it ends the program, or reads beyond what it
// was given, where a file says otherwise.

#include <string>
#include <string_view>

namespace btx {

/// Throws btx::Error (usage) naming `name` and the piece, unless `model` is a protocol buffer whose
/// pieces are different UTF-8 texts without NUL and whose normalization map stays within itself.
void check_sentencepiece(std::string_view model, const std::string& name);

}  // namespace btx
