#include "eval/ensemble/ensemble_text.hpp"

#include "eval/ensemble/ensemble_weights.hpp"

#include <btx/error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

namespace btx {

EnsembleText::EnsembleText(Component<Ensemble> ensemble, Tokenizer tokenizer,
                           std::vector<std::unique_ptr<NextToken>> members)
    : ensemble_(std::move(ensemble)),
      tokenizer_(std::move(tokenizer)),
      members_(std::move(members)),
      said_(members_.size()) {}

std::int64_t EnsembleText::context() const {
  std::int64_t least = members_[0]->context();
  for (const auto& member : members_) least = std::min(least, member->context());
  return least;
}

std::int64_t EnsembleText::vocabulary() const {
  std::int64_t least = members_[0]->vocabulary();
  for (const auto& member : members_) least = std::min(least, member->vocabulary());
  return least;
}

/// The weights hold for interval() tokens from the end of the prompt on, as in scoring.
void EnsembleText::ask(Row& row) const {
  const auto step = static_cast<std::size_t>(
      std::max<std::int64_t>(1, ensemble_.call([](const Ensemble& e) { return e.interval(); })));
  if ((row.ids.size() - row.prompt) % step != 0) return;
  const bool all = ensemble_.call([](const Ensemble& e) { return e.needs_log_probabilities(); });
  const std::vector<std::vector<double>> nothing(members_.size());
  const std::string before =
      tokenizer_.decode(std::vector<std::int32_t>(row.ids.begin(), row.ids.end()));
  row.weights = ensemble_weights(ensemble_, {before, domain_}, all ? row.seen : nothing);
}

at::Tensor EnsembleText::mix() {
  std::vector<at::Tensor> mixed;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    ask(rows_[row]);
    std::vector<at::Tensor> members;
    for (const auto& said : said_) members.push_back(said[static_cast<std::int64_t>(row)]);
    const at::Tensor weights = at::tensor(rows_[row].weights, at::kFloat).log().unsqueeze(1);
    mixed.push_back(at::logsumexp(at::stack(members) + weights, 0));
  }
  return at::stack(mixed);
}

at::Tensor EnsembleText::start(const std::vector<Ids>& prompts) {
  rows_.clear();
  for (const auto& prompt : prompts) {
    rows_.push_back({prompt, prompt.size(), std::vector<std::vector<double>>(members_.size()), {}});
  }
  const bool all = ensemble_.call([](const Ensemble& e) { return e.needs_log_probabilities(); });
  for (std::size_t m = 0; m < members_.size(); ++m) {
    said_[m] = members_[m]->start(prompts).to(at::kCPU).contiguous();
    if (!all) continue;
    auto read = members_[m]->log_probabilities(prompts);
    for (std::size_t row = 0; row < rows_.size(); ++row) rows_[row].seen[m] = std::move(read[row]);
  }
  return mix();
}

std::vector<std::vector<double>> EnsembleText::log_probabilities(
    const std::vector<Ids>& /*texts*/) const {
  throw Error("an ensemble is a member of another one; this is a bug");
}

at::Tensor EnsembleText::next(const Ids& tokens) {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (tokens[row] == kEnded) continue;
    rows_[row].ids.push_back(tokens[row]);
    for (std::size_t m = 0; m < members_.size(); ++m) {
      const float* line =
          said_[m].const_data_ptr<float>() + static_cast<std::int64_t>(row) * said_[m].size(1);
      rows_[row].seen[m].push_back(static_cast<double>(line[tokens[row]]));
    }
  }
  for (std::size_t m = 0; m < members_.size(); ++m) {
    said_[m] = members_[m]->next(tokens).to(at::kCPU).contiguous();
  }
  return mix();
}

void EnsembleText::keep(const Ids& rows) {
  std::vector<Row> kept;
  for (const auto row : rows) kept.push_back(std::move(rows_[static_cast<std::size_t>(row)]));
  rows_ = std::move(kept);
  const at::Tensor index = at::tensor(rows, at::kLong);
  for (std::size_t m = 0; m < members_.size(); ++m) {
    members_[m]->keep(rows);
    said_[m] = said_[m].index_select(0, index);
  }
}

}  // namespace btx
