#pragma once
// Which tokenizer a run uses, if it does not train one.

#include "recipe/schema/recipe.hpp"
#include "tokenizer/tokenizer.hpp"

#include <string>

namespace btx {

/// The file named by tokenizer.import, else the one that an imported seed brings: of its folder, or
/// its GGUF file; "" if the recipe trains one.
std::string imported_tokenizer(const Recipe& recipe);

/// The tokenizer of that file, "" aside. Documents end as the imported seed says, else as the files
/// beside the tokenizer do. Throws btx::Error (usage) for one that is not read, or that no token
/// ends documents of.
Tokenizer load_imported_tokenizer(const Recipe& recipe);

/// Whether there is one, as far as can be told without packages that have not been fetched.
bool imports_tokenizer(const Recipe& recipe);

}  // namespace btx
