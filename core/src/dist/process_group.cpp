#include "dist/process_group.hpp"

namespace btx {
namespace {

class SingleProcess final : public ProcessGroup {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void sum(const at::Tensor& /*inout*/) override {}
  bool any(bool mine) override { return mine; }
};

}  // namespace

ProcessGroup::~ProcessGroup() = default;

std::unique_ptr<ProcessGroup> single_process() {
  return std::make_unique<SingleProcess>();
}

}  // namespace btx
