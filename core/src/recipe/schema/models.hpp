#pragma once
// [seed_model] and [[expert]]: the model that is branched, and its branches.

#include "config/value.hpp"

#include <btx/params.hpp>

#include <map>
#include <string>

namespace btx {

/// The seed: trained as [model] and `train` say, or imported.
struct SeedModelConfig {
  std::string import;
  std::map<std::string, double> data;
  Value train;
  void fields(Fields& f) {
    f("import", import, "a Hugging Face folder or a .gguf file; empty: the seed is trained",
      {.path = true});
    f("data", data,
      "of an imported seed: weight of each domain in what it was trained on; empty: all alike",
      {.min = 0});
    f("train", train, "as [train], for the seed");
  }
};

/// What an imported model's training cost, for comparisons of cost.
struct ImportCost {
  double tokens = 0;
  double flops = 0;

  bool given() const { return tokens > 0 || flops > 0; }

  void fields(Fields& f) {
    f("tokens", tokens, "tokens it was trained on; 0: not known", {.min = 0, .unit = Unit::tokens});
    f("flops", flops, "floating-point operations of its training; 0: not known", {.min = 0});
  }
};

/// One branch of the seed: trained from it, or from an average of models; or imported.
struct ExpertConfig {
  std::string name;
  std::string domain;
  std::map<std::string, double> from;
  std::string import;
  std::map<std::string, double> data;
  ImportCost cost;
  Value train;
  void fields(Fields& f) {
    f("name", name, "of the expert", {.required = true});
    f("domain", domain,
      "key of [data]; empty: the expert's name, or none if what it is trained on is given");
    f("from", from,
      "where its training starts: weights of other experts and of \"seed\", whose average it is; "
      "empty: the seed",
      {.min = 0, .omit_default = true});
    f("import", import,
      "an already trained checkpoint of the seed's shape, as for the seed; empty: it is trained",
      {.path = true});
    f("data", data,
      "of an imported expert: weight of each domain in what it was trained on; empty: its domain",
      {.min = 0});
    f("cost", cost, "of an imported expert; without it tables say that they leave it out");
    f("train", train, "as [train], for this expert; its data are its domain unless it says others");
  }
};

}  // namespace btx
