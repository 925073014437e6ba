#include "stages/data/documents.hpp"

#include "data/documents.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

/// The source's shards, which must still be those that the key names, behind the sets.
std::vector<Shard> planned_shards(const Component<DataSource>& source,
                                  const SourceContext& surroundings, const StageContext& context,
                                  std::size_t sets) {
  auto shards = source.call([&](const DataSource& s) { return s.shards(surroundings); });
  std::vector<std::string> found;
  for (const auto& shard : shards) {
    const auto digest = context.digests.find(shard.identity);
    const bool read = shard.is_path && digest != context.digests.end();
    found.push_back(shard.name + " " + (read ? digest->second : shard.identity));
  }
  const auto planned = context.files.begin() + static_cast<std::ptrdiff_t>(sets);
  if (std::equal(found.begin(), found.end(), planned, context.files.end())) return shards;
  throw Error(
      fmt::format("domain '{}': {} gives other files than when the run was planned; run "
                  "again",
                  surroundings.domain, source.who()));
}

}  // namespace

void run(const DocumentsWork& work, const StageContext& context) {
  const auto source = make_component<DataSource>(work.source, work.params);
  SourceContext surroundings;
  surroundings.cache_dir = context.downloads;
  surroundings.scratch_dir = context.work;
  surroundings.domain = work.domain;
  make_folder(context.downloads);
  fs::remove_all(context.work);
  make_folder(context.work);
  std::optional<Decontamination> decontamination;
  if (work.sets) {
    std::vector<fs::path> files;
    for (const auto& set : *work.sets) files.push_back(context.place("set/" + set.name));
    decontamination =
        make_decontamination(static_cast<std::size_t>(work.split.decontaminate), *work.sets, files);
  }
  const auto shards =
      planned_shards(source, surroundings, context, work.sets ? work.sets->size() : 0);
  write_documents(source, shards, surroundings, work.split, context.output,
                  decontamination ? &*decontamination : nullptr);
}

}  // namespace btx
