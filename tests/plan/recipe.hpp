#pragma once
// A recipe with round numbers, planned without running anything.

#include "config/toml_file.hpp"
#include "plan/plan.hpp"
#include "plugins/load.hpp"
#include "recipe/merge.hpp"
#include "support.hpp"

#include <string>

namespace btx_test {

/// Two experts of 1000 tokens, 2000 tokens of finetuning, steps of 100 tokens; the seed's 5000 do
/// not count.
inline const char* const kRecipe = R"(
run = { name = "planned", dir = "runs" }
engine = { device = "cpu", dtype = "float32", threads = 1 }
tokenizer = { vocab_size = 300 }
model = { hidden_size = 8, layers = 2, heads = 2, kv_heads = 2, ffn_size = 16, context = 10 }
train = { batch_tokens = 100, micro_batch = 2 }
seed_model = { train = { tokens = 5000 } }
mix = { strategy = "btx" }
finetune = { tokens = 2000 }
eval = { tasks = ["bits_per_byte"] }
[data.code]
source = "text_files"
params = { paths = ["text/code.txt"] }
[data.maths]
source = "text_files"
params = { paths = ["text/maths.txt"] }
[[expert]]
name = "code"
train = { tokens = 1000 }
[[expert]]
name = "maths"
train = { tokens = 1000 }
[router]
type = "top_k"
params = { k = 1 }
init = { type = "normal" }
balance = { btx = {} }
)";

/// The recipe with `changes` laid on it, in a folder of its own that has the text.
inline btx::ResolvedRecipe resolved(const std::string& changes = "") {
  load_plugins_under_test();
  const btx::fs::path folder = scratch("plan");
  btx::make_folder(folder / "text");
  btx::write_file(folder / "text/code.txt", "if x then y");
  btx::write_file(folder / "text/maths.txt", "let x be y");
  btx::LoadedRecipe loaded;
  loaded.tree = btx::parse_toml_text(kRecipe, (folder / "recipe.toml").string());
  btx::merge(loaded.tree, btx::parse_toml_text(changes, (folder / "changes.toml").string()));
  return btx::resolve_recipe(loaded);
}

/// Its stages; planning writes nothing.
inline btx::StageGraph planned(const std::string& changes = "") {
  return btx::plan_stages(resolved(changes), {btx::PlanUse::check});
}

}  // namespace btx_test
