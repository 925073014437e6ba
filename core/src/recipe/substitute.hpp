#pragma once
// Environment variables in recipes: ${env:NAME} inside strings, $${ for a literal ${.

#include "config/value.hpp"

namespace btx {

/// Replaces them in every string of the tree. Throws btx::Error (usage) with the place: a variable
/// that is not set or not UTF-8, anything else between ${ and }.
BTX_EXPORT void substitute_env(Value& tree);

/// The inverse, for a tree that is written out as a recipe: ${ becomes $${ in every string.
BTX_EXPORT void escape_env(Value& tree);

}  // namespace btx
