#include "cli/prepare_run.hpp"

#include "recipe/substitute.hpp"

namespace btx {

fs::path run_path(const RunConfig& run) {
  return fs::path(run.dir) / run.name;
}

void write_requests(RunFolder& folder, const ResolvedRecipe& resolved, const StageGraph& graph,
                    const Store& store) {
  Value tree = resolved.tree;
  escape_env(tree);
  RunSettings settings;
  settings.store = fs::absolute(store.folder()).string();
  settings.plugin_paths = resolved.recipe.run.plugin_paths;
  settings.packages = known_packages();
  settings.threads = resolved.recipe.engine.threads;
  folder.write_requests(to_toml(tree), settings, graph, store);
}

}  // namespace btx
