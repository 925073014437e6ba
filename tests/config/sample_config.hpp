#pragma once
// A config with a field of every kind.

#include <btx/params.hpp>

namespace btx_test {

struct Schedule {
  std::int64_t warmup_steps = 200;
  double min_factor = 0.1;
  bool operator==(const Schedule&) const = default;
  void fields(btx::Fields& f) {
    f("warmup_steps", warmup_steps, "steps of linear warm-up", {.min = 0});
    f("min_factor", min_factor, "final lr / peak lr", {.min = 0, .max = 1});
  }
};

struct Expert {
  std::string name;
  std::int64_t tokens = 1000;
  Schedule schedule;
  bool operator==(const Expert&) const = default;
  void fields(btx::Fields& f) {
    f("name", name, "name of the expert", {.required = true});
    f("tokens", tokens, "length of the training", {.min = 1, .unit = btx::Unit::tokens});
    f("schedule", schedule, "of the learning rate");
  }
};

struct Domain {
  std::vector<std::string> files;
  bool operator==(const Domain&) const = default;
  void fields(btx::Fields& f) { f("files", files, "documents", {.path = true}); }
};

/// The whole; the structs above are tables in it.
struct Config {
  bool shuffle = true;
  std::int64_t cache = 4096;
  double lr = 3e-4;
  std::string dtype = "float32";
  std::string folder = "-";
  std::vector<std::int64_t> seeds = {1};
  std::vector<double> betas = {0.9, 0.95};
  std::vector<std::string> trainable = {"*"};
  std::map<std::string, double> weights;
  Schedule schedule;
  std::vector<Expert> experts;
  std::map<std::string, Domain> data;
  bool operator==(const Config&) const = default;
  void fields(btx::Fields& f) {
    f("shuffle", shuffle, "visit in random order");
    f("cache", cache, "", {.min = 0, .unit = btx::Unit::bytes});
    f("lr", lr, "peak learning rate", {.min = 0});
    f("dtype", dtype, "of the weights", {.choices = {"float32", "bfloat16"}});
    f("folder", folder, "where results go", {.path = true});
    f("seeds", seeds, "one run each", {.min = 0});
    f("betas", betas, "of AdamW", {.min = 0, .max = 1});
    f("trainable", trainable, "globs");
    f("weights", weights, "of the domains", {.min = 0});
    f("schedule", schedule, "of the learning rate");
    f("expert", experts, "the experts");
    f("data", data, "the domains");
  }
};

}  // namespace btx_test
