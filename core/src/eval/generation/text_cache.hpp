#pragma once

#include <cstdint>

namespace btx {

/// Rows x tokens that the caches of texts that grow together hold, at most.
inline constexpr std::int64_t kTextCacheTokens = 32'768;

}  // namespace btx
