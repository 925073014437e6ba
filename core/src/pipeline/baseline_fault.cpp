#include "pipeline/baseline_fault.hpp"

namespace btx {
namespace {

/// How the model comes about.
std::string origin_fault(const ResolvedBaseline& b, bool trained) {
  if (b.mix && b.ensemble) return "give mix or ensemble, not both";
  if (!b.from_seed && !b.mix && !b.ensemble) {
    return "it is made of the experts; say how: mix = { strategy = \"...\" } or ensemble = { type "
           "= "
           "\"...\" }";
  }
  if (b.from_seed && b.ensemble) return "an ensemble is made of the experts";
  if (b.from_seed && !b.mix && !trained) return "it is the seed; say match or train";
  if (b.ensemble && trained) return "an ensemble is not trained";
  return "";
}

}  // namespace

std::string baseline_fault(const ResolvedBaseline& b, bool experts_trained, bool finetuned) {
  const bool matched = b.match != "none";
  std::string fault = origin_fault(b, matched || b.train.tokens > 0);
  if (!fault.empty() || !matched) return fault;
  if (b.train.tokens > 0) return "match says how much is trained; drop train.tokens";
  if (!b.train.data.empty()) return "match says on what; drop train.data";
  if (!finetuned && !experts_trained) {
    return "match needs experts or a finetune stage that are trained, to be matched with";
  }
  const bool same_kind = b.mix ? finetuned : experts_trained;
  if (b.match == "device_time" && !same_kind) {
    return "device_time needs a trained stage of the same kind, to know what a token takes";
  }
  return "";
}

}  // namespace btx
