#include "stages/kinds.hpp"

#include "stages/core_api.hpp"
#include "stages/data/documents.hpp"
#include "stages/data/tokenizer.hpp"
#include "stages/data/tokens.hpp"
#include "stages/data/unpack.hpp"
#include "stages/models/ensemble.hpp"
#include "stages/models/import.hpp"
#include "stages/models/mix.hpp"
#include "stages/scoring/report.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

const StageKind* find_in(const std::vector<StageKind>& kinds, const std::string& name) {
  for (const auto& kind : kinds) {
    if (name == kind.name) return &kind;
  }
  return nullptr;
}

}  // namespace

const std::vector<StageKind>& base_kinds() {
  static const std::vector<StageKind> kinds = {
      stage_kind<DocumentsWork>(), stage_kind<TokenizerWork>(), stage_kind<TokensWork>(),
      stage_kind<UnpackWork>(),    stage_kind<ImportWork>(),    stage_kind<MixWork>(),
      stage_kind<EnsembleWork>(),  stage_kind<ReportWork>()};
  return kinds;
}

const StageKind& find_kind(const std::string& name) {
  if (const StageKind* kind = find_in(base_kinds(), name)) return *kind;
  if (const StageKind* kind = find_in(core_api().kinds, name)) return *kind;
  throw Error(fmt::format("no stage is of kind '{}'", name));
}

}  // namespace btx
