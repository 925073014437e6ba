#include "pipeline/stage_context.hpp"

#include "pipeline/base_stages.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {

const fs::path& StageContext::input(const std::string& role) const {
  for (const auto& [mine, path] : inputs) {
    if (mine == role) return path;
  }
  throw Error(fmt::format("stage {} has no input '{}'; this is a bug", name, role));
}

std::map<std::string, StageFunction>& stage_functions() {
  static auto* functions = new std::map<std::string, StageFunction>{{"documents", run_documents},
                                                                    {"tokenizer", run_tokenizer},
                                                                    {"tokens", run_tokens},
                                                                    {"import", run_import},
                                                                    {"mix", run_mix},
                                                                    {"ensemble", run_ensemble},
                                                                    {"report", run_report},
                                                                    {"unpack", run_unpack}};
  return *functions;
}

bool needs_core(const std::string& kind) {
  return kind == "train" || kind == "gates" || kind == "dev_loss" || kind == "evaluate";
}

}  // namespace btx
