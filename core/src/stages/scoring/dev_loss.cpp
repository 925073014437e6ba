#include "stages/scoring/dev_loss.hpp"

#include "eval/dev_loss.hpp"
#include "eval/score.hpp"
#include "model/load.hpp"
#include "tokenizer/tokenizer.hpp"

namespace btx {

void run(const DevLossWork& work, const StageContext& context) {
  const fs::path folder = context.input("model");
  const LoadedModel model = load_model(ModelFolder(folder), work.scoring.engine, {});
  const auto tokenizer = Tokenizer::load(folder);
  const std::int64_t window = work.scoring.window;
  const ScoreConfig config{window == 0 ? model.config.context : window, work.scoring.batch_size};
  DevLoss all;
  const TextHashes trained = trained_texts(context, work.domains);
  for (const auto& domain : work.domains) {
    std::vector<Request> requests;
    auto sample = held_out(context, domain, Split::dev, work.scoring.max_bytes, trained);
    for (auto& document : sample.documents) {
      requests.push_back({"", std::move(document.text)});
    }
    const auto answers = score(*model.decoder, tokenizer, requests, config);
    for (const auto& answer : answers) {
      all.domains[domain].nats.push_back(-answer.log_likelihood);
      all.domains[domain].tokens.push_back(static_cast<double>(answer.tokens));
    }
  }
  write_dev_loss(all, context.output);
}

}  // namespace btx
