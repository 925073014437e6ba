#pragma once
// Numbers with a unit, as recipes write them.

#include <btx/export.hpp>
#include <btx/params.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace btx {

/// "20M" and "1.5K" tokens (K, M, G or B, T: powers of 1000), "512MiB" and "100MB" bytes (KiB, MiB,
/// GiB, TiB: powers of 1024; B, KB, MB, GB, TB: powers of 1000), or digits alone. Nothing if the
/// text is none of these, is not whole or has more than 63 bits.
BTX_EXPORT std::optional<std::int64_t> parse_quantity(std::string_view text, Unit unit);

}  // namespace btx
