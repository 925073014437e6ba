#include "eval/generation/prompt_room.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {

std::int64_t prompt_room(const Request& request, std::int64_t context) {
  const std::int64_t room = context - request.max_tokens;
  if (room >= 1) return room;
  throw Error(ExitCode::usage,
              fmt::format("{}: {} tokens are to be generated, and the model's context has {}; ask "
                          "for fewer (max_tokens)",
                          request.place, request.max_tokens, context));
}

}  // namespace btx
