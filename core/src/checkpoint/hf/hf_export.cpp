#include "checkpoint/hf/hf_export.hpp"

#include "base/text.hpp"
#include "checkpoint/side_files.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <system_error>

namespace btx {
namespace {

using Json = nlohmann::ordered_json;

/// The model's tokenizer; nothing, with a warning, if there is none that this program reads.
std::optional<Tokenizer> tokenizer_of(const ModelFolder& model) {
  const auto file = find_tokenizer(model.path());
  if (!file) return std::nullopt;
  try {
    return Tokenizer::load(*file);
  } catch (const Error& error) {
    log(LogLevel::warning, fmt::format("the tokenizer is copied unread: {}", error.what()));
    return std::nullopt;
  }
}

/// The ids that the model came with, else the end of text that btx's own models learn.
SpecialTokens special_tokens_of(const ModelFolder& model, const Tokenizer* tokenizer) {
  SpecialTokens tokens = model.config().special_tokens;
  const auto end = tokenizer == nullptr ? std::nullopt : tokenizer->find_eos();
  if (tokens.eos.empty() && end) tokens.eos = {*end};
  return tokens;
}

/// Without one, transformers would build the tokenizer that goes with the architecture, not this.
void write_tokenizer_config(const ModelConfig& config, const Tokenizer* tokenizer,
                            const fs::path& file) {
  Json json = {{"tokenizer_class", "PreTrainedTokenizerFast"},
               {"clean_up_tokenization_spaces", false},
               {"model_max_length", config.context}};
  const auto& eos = config.special_tokens.eos;
  const auto known = tokenizer == nullptr ? 0 : static_cast<std::int64_t>(tokenizer->vocab_size());
  if (!eos.empty() && eos.front() >= 0 && eos.front() < known) {
    json["eos_token"] = tokenizer->token(static_cast<std::int32_t>(eos.front()));
  }
  write_file(file, json.dump(2) + "\n");
}

void write_small_files(const ModelFolder& model, const MixtralForm& form, DType dtype,
                       const fs::path& folder) {
  const auto tokenizer = tokenizer_of(model);
  ModelConfig config = model.config();
  config.special_tokens = special_tokens_of(model, tokenizer ? &*tokenizer : nullptr);
  write_file(folder / "config.json", export_config_json(config, form, dtype));
  const fs::path own = model.path() / "tokenizer.json";
  if (fs::exists(own)) write_file(folder / "tokenizer.json", read_file(own));
  copy_side_files(model.path(), folder);
  if (!fs::exists(own) || fs::exists(folder / "tokenizer_config.json")) return;
  write_tokenizer_config(config, tokenizer ? &*tokenizer : nullptr,
                         folder / "tokenizer_config.json");
}

HfExported write_all(const ModelFolder& model, const MixtralForm& form, const HfExport& how,
                     const fs::path& folder) {
  HfExported done;
  done.architecture = model.config().num_experts() == 0 ? "LlamaForCausalLM" : "MixtralForCausalLM";
  done.shards = write_shards(model, how.dtype, how.shard_bytes, folder);
  const DType dtype = how.dtype.value_or(model.tensors().front().dtype);
  write_small_files(model, form, dtype, folder);
  std::vector<std::string> names;
  for (const auto& expert : model.config().experts) names.push_back(expert.name);
  if (!names.empty()) {
    done.left_out = fmt::format("the experts' names and domains ({}), which become 0 to {}",
                                join(names), names.size() - 1);
  }
  return done;
}

void require_free(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  if (fs::is_directory(folder) && fs::is_empty(folder)) return;
  throw Error(ExitCode::usage,
              fmt::format("{} is there and {}; give a folder that is not there yet",
                          folder.string(), fs::is_directory(folder) ? "not empty" : "no folder"));
}

}  // namespace

HfExported export_hf(const ModelFolder& model, const MixtralForm& form, const HfExport& how,
                     const fs::path& given) {
  const fs::path folder = fs::absolute(given / "").lexically_normal().parent_path();
  require_free(folder);
  make_folder(folder.parent_path());
  const fs::path beside = folder.parent_path() / ("." + folder.filename().string() + ".export");
  const auto lock = FileLock::attempt(beside.string() + ".lock");
  if (!lock) {
    throw Error(ExitCode::usage,
                fmt::format("another process is writing {}; wait for it", folder.string()));
  }
  std::error_code ignored;
  fs::remove_all(beside);  // of an export that was killed
  make_folder(beside);
  try {
    HfExported done = write_all(model, form, how, beside);
    require_free(folder);
    std::error_code code;
    fs::rename(beside, folder, code);
    if (code) throw Error(fmt::format("cannot write {}: {}", folder.string(), code.message()));
    fs::remove(beside.string() + ".lock", ignored);
    return done;
  } catch (...) {
    fs::remove_all(beside, ignored);
    fs::remove(beside.string() + ".lock", ignored);
    throw;
  }
}

}  // namespace btx
