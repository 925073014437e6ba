// Bits per byte of held-out text: the negative log-likelihood of each document in bits, over its
// bytes of UTF-8, so that models with different tokenizers compare.
#include "common/documents.hpp"

#include <btx/plugin.hpp>
#include <btx/task.hpp>

#include <cmath>
#include <numeric>

namespace {

class BitsPerByte final : public btx::Task {
 public:
  struct Config {
    void fields(btx::Fields& /*f*/) {}
  };

  explicit BitsPerByte(const Config& /*config*/) {}

  std::vector<btx::Request> requests(const btx::TaskInput& input) const override {
    return tasks::document_requests(input);
  }

  std::vector<btx::Score> score(const btx::TaskInput& input,
                                std::span<const btx::Request> /*requests*/,
                                std::span<const btx::Answer> answers) const override {
    btx::Score score;
    score.metric = "bits_per_byte";
    for (std::size_t i = 0; i < answers.size(); ++i) {
      score.numerator.push_back(-answers[i].log_likelihood / std::log(2.0));
      score.denominator.push_back(static_cast<double>(input.documents[i].text.size()));
    }
    const double bits = std::accumulate(score.numerator.begin(), score.numerator.end(), 0.0);
    const double bytes = std::accumulate(score.denominator.begin(), score.denominator.end(), 0.0);
    if (bytes == 0) throw btx::Error("no held-out text in domain '" + input.name + "'");
    score.value = bits / bytes;
    return {score};
  }
};

}  // namespace

BTX_PLUGIN("bits_per_byte", "0.1.0", registrar) {
  registrar.add<btx::Task, BitsPerByte>("bits_per_byte", "bits per byte of held-out text");
}
