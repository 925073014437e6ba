#pragma once
// The kinds of stages. A kind is a struct in a header of its own, NAME.hpp:
//
//   struct TokensWork {
//     static constexpr const char* kKind = "tokens";
//     static constexpr std::int64_t kNumerics = 1;   // its history is in core/docs/numerics.md
//     ...                                            // its settings, all of them in the key
//     void fields(Fields& f);
//   };
//   void run(const TokensWork& work, const StageContext& context);
//
// The plan fills the struct in, the key is the digest of its fields, and run() is handed it again.

#include "config/config.hpp"
#include "pipeline/stage_context.hpp"

#include <string>
#include <vector>

namespace btx {

/// The kind whose settings are a Work.
template <class Work>
StageKind stage_kind() {
  return {Work::kKind, Work::kNumerics, [](const StageContext& context) {
            run(read_config<Work>(context.config, context.name), context);
            return std::optional<ComputedOn>();
          }};
}

/// A stage with these settings; its key is not set yet.
template <class Work>
Stage make_stage(const std::string& name, const Work& work) {
  Stage stage;
  stage.name = name;
  stage.kind = Work::kKind;
  stage.numerics = Work::kNumerics;
  stage.config = write_config(work, Defaults::omit);
  return stage;
}

/// The kinds that need no LibTorch; CoreApi has the others.
BTX_EXPORT const std::vector<StageKind>& base_kinds();

/// A kind of either sort, opening LibTorch if need be. Throws btx::Error for a name that is none.
BTX_EXPORT const StageKind& find_kind(const std::string& name);

}  // namespace btx
