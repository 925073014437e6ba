#pragma once
// [[baseline]]: other models to compare with.

#include "config/value.hpp"
#include "recipe/schema/models.hpp"

#include <btx/params.hpp>

#include <string>

namespace btx {

/// What a baseline is made of.
enum class BaselineFrom { experts, seed };
template <>
inline constexpr auto kEnumNames<BaselineFrom> = std::array{"experts", "seed"};

/// Which part of the mixture's cost a baseline is given.
enum class Match { none, data, flops, device_time };
template <>
inline constexpr auto kEnumNames<Match> = std::array{"none", "data", "flops", "device_time"};

/// Another model to compare with: merged, trained on, or both; an ensemble; or one that others
/// made.
struct BaselineConfig {
  std::string name;
  BaselineFrom from = BaselineFrom::experts;
  std::string import;
  ImportCost cost;
  Value mix;
  Value router;
  Value ensemble;
  Value train;
  Match match = Match::none;
  void fields(Fields& f) {
    f("name", name, "of the model in the report", {.required = true});
    f("from", from, "experts: of the models that [mix] merges; seed: of the seed alone");
    f("import", import,
      "a Hugging Face folder or a .gguf file of any shape, scored with its own tokenizer; instead "
      "of all else",
      {.path = true});
    f("cost", cost, "of an imported model; without it tables say that they leave it out");
    f("mix", mix, "as [mix]");
    f("router", router, "laid on [router], for this model; its balance replaces that of [router]");
    f("ensemble", ensemble, "type, params, include_seed_expert, fit_bytes; instead of mix");
    f("train", train,
      "as [train], for training after that; may have phases, as [finetune]; tokens = 0 and match "
      "none: no training");
    f("match", match,
      "how much is trained: as many tokens as the experts' stages and then the finetune stage, on "
      "the same data (data); the finetune stage's data for as many FLOPs (flops) or, as measured, "
      "seconds (device_time) as both took; or train.tokens (none). Stages that the model itself "
      "is made from, as one merged from the experts is, are not counted again");
  }
};

}  // namespace btx
