#include "kernels/tables.hpp"

namespace btx_test {

using namespace btx;

std::vector<Table> tables_under_test() {
  return {{"cpu", cpu_ops(), at::kCPU}, {"aten", aten_ops(), at::kCPU}};
}

}  // namespace btx_test
