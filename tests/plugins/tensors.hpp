#pragma once
// Small tensors with numbers that can be checked by hand, and routings as such numbers. Tests
// compare tensors by their methods (r.slots.eq(3)), as LibTorch's operators are slow to compile.

#include "plugins/router_under_test.hpp"

#include <btx/balance.hpp>

#include <vector>

namespace btx_test {

using Rows = std::vector<std::vector<double>>;

/// [rows, columns] float32.
at::Tensor tensor_of(const Rows& rows);
/// Logits whose softmax is each row divided by its sum.
at::Tensor logs_of(Rows rows);
/// Every element, row by row.
std::vector<double> doubles(const at::Tensor& x);

/// Of the same shape, and no element differs by more.
bool near(const at::Tensor& a, const at::Tensor& b, double tolerance = 1e-6);
bool near(const at::Tensor& a, const Rows& rows, double tolerance = 1e-6);

/// [N, E]: what each expert's output is multiplied by, 0 where it does not run.
at::Tensor dense_weights(const btx::Routing& r);
/// The slots of a router with one slot a token.
std::vector<std::int64_t> first_slots(const at::Tensor& slots);
/// The experts of every token, in order.
std::vector<std::vector<std::int64_t>> all_slots(const btx::Routing& r);
/// The means a balance sees, as the core gathers them.
btx::BalanceStatistics statistics_of(const btx::Routing& r);

/// Sets the selection bias [E] that route() is given.
void set_bias(RouterUnderTest& router, const std::vector<double>& bias);

}  // namespace btx_test
