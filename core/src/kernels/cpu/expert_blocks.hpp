#pragma once
// Tokens sorted by expert: where each row of the experts' blocks comes from and goes to.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace btx::cpu {

/// Rows of all experts one behind another, each expert's by token. A block may end in padding: rows
/// that gather() fills with zeros and that nothing reads back.
class ExpertBlocks {
 public:
  /// slots [N, K] int64, an expert each or -1 for a slot that is dropped; a stable counting sort.
  /// oneDNN compiles a kernel for every number of rows it meets (half a millisecond and most of a
  /// megabyte each), and routing gives another number each time; `padded` rounds blocks up to one
  /// of eight sizes an octave.
  ExpertBlocks(const at::Tensor& slots, std::int64_t experts, bool padded);

  std::int64_t experts() const { return static_cast<std::int64_t>(offset_.size()) - 1; }
  std::int64_t begin(std::int64_t expert) const { return offset_[at(expert)]; }
  std::int64_t rows(std::int64_t expert) const { return offset_[at(expert) + 1] - begin(expert); }
  std::int64_t rows() const { return offset_.back(); }
  /// [N, K] int64, the row of each slot or -1.
  const at::Tensor& place() const { return place_; }

  /// Uninitialised [rows, width]. Its storage has the same size however tokens are spread: blocks
  /// of ever new sizes would fragment the heap.
  at::Tensor empty(std::int64_t width, const at::TensorOptions& options) const;
  /// [rows, width]: the row of x [N, width] each row stands for, zeros for padding.
  at::Tensor gather(const at::Tensor& x) const;
  /// [rows] float32: the value of each row's slot in values [N, K], 0 for padding.
  at::Tensor gather_slots(const at::Tensor& values) const;
  /// [N, K] float32: each slot's value out of values [rows], 0 for dropped slots.
  at::Tensor scatter_slots(const at::Tensor& values) const;

 private:
  static std::size_t at(std::int64_t expert) { return static_cast<std::size_t>(expert); }

  std::vector<std::int64_t> offset_;  ///< [E + 1]
  std::vector<std::int64_t> slot_;    ///< [rows], flat index into [N, K]; -1 for padding
  at::Tensor place_;
  std::int64_t capacity_ = 0;  ///< rows that empty() has room for
};

}  // namespace btx::cpu
