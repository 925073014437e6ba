#pragma once
// How much of a model's context is left for a prompt.

#include <btx/task.hpp>

#include <cstdint>

namespace btx {

/// Tokens of a prompt that leave room for the request's max_tokens, at least 1. Throws btx::Error
/// (usage) with the request's place where max_tokens fills the context.   [any]
BTX_EXPORT std::int64_t prompt_room(const Request& request, std::int64_t context);

}  // namespace btx
