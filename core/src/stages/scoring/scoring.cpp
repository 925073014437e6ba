#include "stages/scoring/scoring.hpp"

#include "model_spec/router_info.hpp"
#include "recipe/stage_names.hpp"
#include "stages/scoring/evaluate.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {

void EvaluateWork::set_draws(const ModelConfig& model, std::int64_t count,
                             std::int64_t random_seed) {
  if (model.num_experts() == 0 || !router_traits(model).draws) return;
  draws = count;
  seed = random_seed;
}

void fail_nothing_held_out(const std::string& domain, std::int64_t left_out) {
  throw Error(fmt::format(
      "domain '{}': the text of each of its {} test documents is in the train documents "
      "of another domain too, so that nothing is held out; take one of the two out of "
      "[data]",
      domain, left_out));
}

TextHashes trained_texts(const StageContext& context, const std::vector<std::string>& domains) {
  TextHashes trained;
  for (const auto& domain : domains) {
    add_train_hashes(context.input(documents_stage(domain)), trained);
  }
  return trained;
}

DocumentSample held_out(const StageContext& context, const std::string& domain, Split split,
                        std::int64_t max_bytes, const TextHashes& trained) {
  return sample_documents(context.input(documents_stage(domain)), split,
                          static_cast<std::size_t>(max_bytes), trained);
}

}  // namespace btx
