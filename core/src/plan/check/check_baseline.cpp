#include "plan/check/check_baseline.hpp"

#include <fmt/format.h>

namespace btx {
namespace {

/// What is wrong with a baseline that others made.
BaselineFault check_import(const ResolvedBaseline& b) {
  const auto refused = [](const char* what, std::vector<std::string> key) {
    return BaselineFault{
        fmt::format("has import, and what is imported is scored as it is: remove {}", what),
        std::move(key)};
  };
  if (b.mix) return refused("mix", {"mix"});
  if (b.ensemble) return refused("ensemble", {"ensemble"});
  if (b.own_router) return refused("router", {"router"});
  if (b.match != Match::none) return refused("match", {"match"});
  if (b.trained()) return refused("train.tokens", {"train"});
  return {};
}

/// What is wrong with the baseline's `from`, `mix`, `router` and `ensemble`.
BaselineFault check_origin(const ResolvedBaseline& b) {
  const bool trained = b.trained();
  if (!b.import.empty()) return check_import(b);
  if (b.cost.given()) {
    return {"has a cost, which is said of an imported model, but it is made here; remove it",
            {"cost"}};
  }
  if (b.own_router && !b.mix) {
    return {"has a router, but no mix that would make mixture layers; add mix, or remove router",
            {"router"}};
  }
  if (b.mix && b.ensemble) {
    return {"has both mix and ensemble; a model is merged or run side by side: remove one",
            {"ensemble"}};
  }
  if (!b.from_seed && !b.mix && !b.ensemble) {
    return {
        "has from = \"experts\" but neither mix nor ensemble; add mix = { strategy = \"...\" } "
        "or ensemble = { type = \"...\" }",
        {"from"}};
  }
  if (b.from_seed && b.ensemble) {
    return {"has from = \"seed\", but an ensemble is made of the experts; set from = \"experts\"",
            {"from"}};
  }
  if (b.from_seed && !b.mix && !trained) {
    return {"has from = \"seed\" and would be the seed itself; add match or train.tokens",
            {"from"}};
  }
  if (b.ensemble && trained) {
    return {"is an ensemble, which is not trained; remove match and train.tokens", {"ensemble"}};
  }
  return {};
}

}  // namespace

BaselineFault check_baseline(const ResolvedBaseline& b, bool experts_trained, bool finetuned,
                             bool rates_given) {
  const bool matched = b.match != Match::none;
  BaselineFault fault = check_origin(b);
  if (!fault.what.empty() || !matched) return fault;
  if (b.train.trains()) {
    const char* key = b.train.tokens > 0 ? "tokens" : "flops";
    return {fmt::format("train.{} cannot be given together with match, which sets the number of "
                        "tokens; remove one",
                        key),
            {"train", key}};
  }
  if (!b.train.data.empty()) {
    return {
        "train.data cannot be given together with match, which takes over the data of the "
        "stages it matches; remove train.data",
        {"train", "data"}};
  }
  if (!finetuned && !experts_trained) {
    return {fmt::format("match = \"{}\" needs experts or a finetune stage that are trained, to be "
                        "matched with",
                        name_of(b.match)),
            {"match"}};
  }
  const bool same_kind = b.mix ? finetuned : experts_trained;
  if (b.match == Match::device_time && !same_kind && !rates_given) {
    return {fmt::format(
                "match = \"device_time\" needs a trained {} to measure the time of one token, and "
                "none is trained here; or give run.rates",
                b.mix ? "finetune stage" : "expert"),
            {"match"}};
  }
  return {};
}

}  // namespace btx
