#include "eval/ensemble/ensemble_members.hpp"

#include "eval/generation/decoder_text.hpp"

namespace btx {

EnsembleMembers::EnsembleMembers(const EnsembleFolder& ensemble, const Tokenizer& tokenizer,
                                 const std::vector<fs::path>& folders, const EngineConfig& engine,
                                 std::uint64_t random_seed) {
  std::vector<std::unique_ptr<NextToken>> members;
  for (const auto& folder : folders) {
    models_.push_back(load_model(ModelFolder(folder), engine, {}));
    members.push_back(std::make_unique<DecoderText>(*models_.back().decoder,
                                                    DecoderText::Observer{}, random_seed));
  }
  text_ = std::make_unique<EnsembleText>(ensemble.component, tokenizer, std::move(members));
}

}  // namespace btx
