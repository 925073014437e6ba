// Perplexity of text: exp of the mean negative log-likelihood by token, word or byte.
#include "common/documents.hpp"

#include <btx/plugin.hpp>
#include <btx/task.hpp>

#include <cmath>
#include <numeric>

namespace {

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Runs of anything but white space.
double words_of(const std::string& text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    words += static_cast<std::int64_t>(!space && !inside);
    inside = !space;
  }
  return static_cast<double>(words);
}

class Perplexity final : public btx::Task {
 public:
  struct Config {
    std::string per = "token";
    void fields(btx::Fields& f) {
      f("per", per, "what the mean is taken over", {.choices = {"token", "word", "byte"}});
    }
  };

  explicit Perplexity(Config config) : per_(std::move(config.per)) {}

  std::vector<btx::Request> requests(const btx::TaskInput& input) const override {
    return tasks::document_requests(input);
  }

  /// Documents' shares of the value are linear at the whole set's mean: they sum to the perplexity,
  /// and their spread is that of exp(mean) to first order.
  std::vector<btx::Score> score(const btx::TaskInput& input,
                                std::span<const btx::Request> /*requests*/,
                                std::span<const btx::Answer> answers) const override {
    btx::Score score;
    score.metric = per_ == "token" ? "perplexity" : per_ + "_perplexity";
    double nats = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      nats -= answers[i].log_likelihood;
      score.denominator.push_back(units(input.documents[i].text, answers[i]));
    }
    const double count = sum(score.denominator);
    if (count == 0) throw btx::Error("'" + input.name + "' has no " + per_ + " to score");
    score.value = std::exp(nats / count);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const double share = score.denominator[i] * (1 - nats / count) - answers[i].log_likelihood;
      score.numerator.push_back(score.value * share);
    }
    return {score};
  }

 private:
  double units(const std::string& text, const btx::Answer& answer) const {
    if (per_ == "token") return static_cast<double>(answer.tokens);
    return per_ == "word" ? words_of(text) : static_cast<double>(text.size());
  }

  std::string per_;
};

}  // namespace

BTX_PLUGIN("perplexity", "0.1.0", registrar) {
  registrar.add<btx::Task, Perplexity>("perplexity", "perplexity of text by token, word or byte");
}
