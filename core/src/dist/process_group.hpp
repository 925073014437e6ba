#pragma once
// The processes that train one model together, each on a share of the micro-batches of a step.
// There is one implementation so far, that of a process by itself; the trainer asks for nothing
// else, so that one over MPI or NCCL is a class more and no change to training.

#include <btx/export.hpp>

#include <ATen/core/Tensor.h>

#include <memory>

namespace btx {

/// Every process calls the same functions in the same order, as each waits for the others. What
/// they give is the same in every process, to the last bit, so that all of them do the same
/// afterwards. Used by one thread at a time. Throws btx::Error when another process is gone.
class BTX_EXPORT ProcessGroup {
 public:
  virtual ~ProcessGroup();

  /// Which of the processes this is, from 0.
  virtual int rank() const = 0;
  /// How many processes there are, at least 1.
  virtual int size() const = 0;

  /// Replaces `inout`, a contiguous float32 or float64 tensor of the same shape in every process,
  /// by the sum over the processes, added up in the order of their ranks.
  virtual void sum(const at::Tensor& inout) = 0;

  /// Whether `mine` is true in some process.
  virtual bool any(bool mine) = 0;
};

/// A process by itself: sums are what they were.
BTX_EXPORT std::unique_ptr<ProcessGroup> single_process();

}  // namespace btx
