#pragma once
// The element types of GGUF files: blocks of a few dozen numbers that share scales.

#include <btx/export.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace btx {

/// One element type. Formulas are those of ggml's reference.
struct GgufType {
  std::uint32_t id;
  const char* name;
  std::size_t block_elements;
  std::size_t block_bytes;
  /// One block as float32, `block_elements` numbers.
  void (*widen)(const std::byte* block, float* out);
};

/// F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K.   [any]
BTX_EXPORT std::span<const GgufType> gguf_types();
/// The type with this id, or null.   [any]
BTX_EXPORT const GgufType* find_gguf_type(std::uint32_t id);

}  // namespace btx
