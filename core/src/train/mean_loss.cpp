#include "train/mean_loss.hpp"

#include "data/fair_sample.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cmath>

namespace btx {
namespace {

/// text_hashes() of each row.
at::Tensor hashes_of(const at::Tensor& tokens) {
  const at::Tensor host = tokens.cpu().contiguous();
  const at::Tensor hashes = at::empty_like(host);
  const auto length = static_cast<std::size_t>(host.size(1));
  for (std::int64_t row = 0; row < host.size(0); ++row) {
    const std::int64_t begin = row * host.size(1);
    const auto mine = text_hashes({host.const_data_ptr<std::int64_t>() + begin, length});
    std::copy(mine.begin(), mine.end(), hashes.data_ptr<std::int64_t>() + begin);
  }
  return hashes.to(tokens.device());
}

}  // namespace

double mean_loss(const Decoder& decoder, const TokenFile& tokens, std::int64_t sequence_length,
                 std::int64_t limit, std::int64_t batch_size) {
  const at::NoGradGuard no_gradient;
  const std::int64_t length = std::min(sequence_length, tokens.size() - 1);
  if (length < 1) return std::nan("");
  const std::int64_t wanted =
      std::max<std::int64_t>(1, std::min(limit, tokens.size() - 1) / length);
  const auto windows = fair_sample((tokens.size() - 1) / length, wanted);
  double total = 0;
  for (std::int64_t first = 0; first < wanted; first += batch_size) {
    const std::int64_t size = std::min(batch_size, wanted - first);
    const at::Tensor rows = at::empty({size, length + 1}, at::kLong);
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t window = windows[static_cast<std::size_t>(first + i)];
      tokens.copy(window * length, {rows.data_ptr<std::int64_t>() + i * (length + 1),
                                    static_cast<std::size_t>(length + 1)});
    }
    Batch batch;
    batch.tokens = rows.narrow(1, 0, length).contiguous().to(decoder.device());
    batch.targets = rows.narrow(1, 1, length).contiguous().to(decoder.device());
    ForwardPass pass;
    batch.text_hash = hashes_of(batch.tokens);
    const at::Tensor hidden = decoder.hidden(batch, pass);
    total += decoder.loss_of(hidden, batch.targets.view(-1)).sum().item<double>();
    decoder.check_routing(pass);
  }
  return total / static_cast<double>(wanted * length);
}

}  // namespace btx
