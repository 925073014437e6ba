// The paper's Branch-Train-Merge: members are ranked by how near the text so far is to the words of
// their training documents, and the best ones' probabilities are averaged.
// Source: arXiv:2403.07816, section 4.1.2; the ranking is that of c-BTM, arXiv:2303.14177.
#include "common/state.hpp"
#include "tfidf/terms.hpp"

#include <btx/ensemble.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>

namespace {

using ensembles::Vector;

class TfIdf final : public btx::Ensemble {
 public:
  struct Config {
    std::int64_t top_k = 1;
    std::string weighting = "equal";
    std::int64_t every = 64;
    std::int64_t max_terms = 20000;
    void fields(btx::Fields& f) {
      f("top_k", top_k, "members a text runs through", {.min = 1});
      f("weighting", weighting, "how the chosen members' probabilities are averaged",
        {.choices = {"equal", "cosine"}});
      f("every", every, "tokens from one choice to the next", {.min = 1});
      f("max_terms", max_terms, "words that are known, the most frequent ones; 0: all", {.min = 0});
    }
  };

  explicit TfIdf(const Config& config) : config_(config) {}

  bool needs_documents() const override { return true; }

  std::string fit(const btx::EnsembleFit& fit) const override {
    ensembles::require_members(config_.top_k, fit.members.size());
    const Vector weights = ensembles::inverse_document_frequencies(
        fit.documents, static_cast<std::size_t>(config_.max_terms));
    nlohmann::json state = ensembles::new_state("tfidf", fit.members);
    state["weights"] = weights;
    for (std::size_t member = 0; member < fit.members.size(); ++member) {
      Vector mean;
      for (const auto& document : fit.documents.at(member)) {
        for (const auto& [word, value] :
             ensembles::weigh(ensembles::count_words(document), weights)) {
          mean[word] += value;
        }
      }
      if (mean.empty()) {
        throw btx::Error(
            btx::ExitCode::usage,
            fmt::format("member '{}' needs training documents with known words, and has "
                        "none; leave it out, or raise max_terms",
                        fit.members[member].name));
      }
      ensembles::normalise(mean);  // the cosine does not see the mean's length
      state["means"].push_back(mean);
    }
    // A word of broken UTF-8 is kept under another name, and so never met again.
    return state.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void restore(const std::string& state) override {
    ensembles::read_state(state, "tfidf", [&](const nlohmann::json& json, std::size_t members) {
      weights_ = json.at("weights").get<Vector>();
      means_ = json.at("means").get<std::vector<Vector>>();
      if (means_.size() != members) {
        throw btx::Error(fmt::format("the stored state has {} means for {} members; fit it again",
                                     means_.size(), members));
      }
      ensembles::require_members(config_.top_k, members);
    });
  }

  std::int64_t interval() const override { return config_.every; }

  std::vector<double> weights(
      const btx::TextBefore& before,
      std::span<const std::vector<double>> /*log_probabilities*/) const override {
    const Vector text = ensembles::weigh(ensembles::count_words(before.text), weights_);
    // Nothing speaks for any member at a text's beginning, nor where no word is known.
    if (text.empty()) {
      return std::vector<double>(means_.size(), 1.0 / static_cast<double>(means_.size()));
    }
    std::vector<double> cosines;
    for (const Vector& mean : means_) cosines.push_back(ensembles::dot(text, mean));
    const auto chosen = ensembles::largest(cosines, static_cast<std::size_t>(config_.top_k));
    // The best cosine is positive: each known word is in some member's mean.
    double sum = 0;
    std::vector<double> result(cosines.size(), 0.0);
    for (const std::size_t member : chosen) {
      sum += result[member] = config_.weighting == "equal" ? 1 : cosines[member];
    }
    for (double& weight : result) weight /= sum;
    return result;
  }

 private:
  Config config_;
  Vector weights_;             ///< of every known word
  std::vector<Vector> means_;  ///< [members], of length 1
};

}  // namespace

BTX_PLUGIN("ensemble_tfidf", "0.2.0", registrar) {
  registrar.add<btx::Ensemble, TfIdf>(
      "tfidf", "members by tf-idf cosine of the text so far (the paper's BTM)");
}
