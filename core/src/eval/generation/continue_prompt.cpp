#include "eval/generation/continue_prompt.hpp"

#include "base/text.hpp"
#include "eval/encode_request.hpp"
#include "eval/ensemble/ensemble_members.hpp"
#include "eval/generation/decoder_text.hpp"
#include "eval/generation/expert_shares.hpp"
#include "eval/generation/generate.hpp"
#include "eval/generation/prompt_room.hpp"
#include "model/load.hpp"
#include "model_spec/router_info.hpp"
#include "model_spec/routing_sites.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

constexpr std::int64_t kTokens = 128;  // written where nothing else is said

/// Hands on a text that grows, but for an end that may change: half a character, half a stop
/// string.
class TextStream {
 public:
  TextStream(const Tokenizer& tokenizer, const Request& request,
             const std::function<void(const std::string&)>& on_text)
      : tokenizer_(tokenizer),
        prompt_(encode_prompt(tokenizer, request)),
        stops_(request.stop),
        on_text_(on_text) {
    for (const auto& stop : request.stop) held_ = std::max(held_, stop.size());
  }

  void add(std::int64_t token) {
    ids_.push_back(static_cast<std::int32_t>(token));
    const std::string text = text_after(tokenizer_, prompt_, ids_);
    const std::size_t bad = find_invalid_utf8(text);
    const std::size_t sure =
        std::min({bad, find_stop(text, stops_), text.size() - std::min(text.size(), held_)});
    if (sure > shown_) show(text, sure);
  }

  void finish(const std::string& text) { show(text, text.size()); }

 private:
  void show(const std::string& text, std::size_t end) {
    on_text_(text.substr(std::min(shown_, text.size()), end - std::min(shown_, end)));
    shown_ = end;
  }

  const Tokenizer& tokenizer_;
  std::vector<std::int64_t> prompt_;
  const std::vector<std::string>& stops_;
  const std::function<void(const std::string&)>& on_text_;
  std::vector<std::int32_t> ids_;
  std::size_t held_ = 0, shown_ = 0;
};

Request request_of(const ContinueOptions& options) {
  Request request;
  request.context = options.prompt;
  request.max_tokens = options.max_tokens;
  request.stop = options.stop;
  request.place = "the prompt";
  return request;
}

/// 128, or what is left of the context; half of it for a prompt that leaves nothing.
std::int64_t default_tokens(const NextToken& model, const Tokenizer& tokenizer,
                            const Request& request) {
  const std::int64_t left = model.context() - std::ssize(encode_prompt(tokenizer, request));
  return std::min(kTokens, left > 0 ? left : std::max<std::int64_t>(1, model.context() / 2));
}

/// Writes the text; the ids that it is made of.
std::vector<std::int32_t> write(NextToken& model, const Tokenizer& tokenizer,
                                const std::vector<std::int64_t>& ends,
                                const ContinueOptions& options, Request& request,
                                Continuation& result) {
  if (request.max_tokens == 0) request.max_tokens = default_tokens(model, tokenizer, request);
  std::vector<std::int32_t> written;
  TextStream stream(tokenizer, request, options.on_text);
  GenerateConfig how;
  how.ends = ends;
  how.sampling = {options.temperature, options.top_p, static_cast<std::uint64_t>(options.seed)};
  how.on_token = [&](std::size_t /*request*/, std::int64_t token) {
    written.push_back(static_cast<std::int32_t>(token));
    if (options.on_text) stream.add(token);
  };
  result.text = generate(model, tokenizer, {&request, 1}, how)[0];
  result.tokens = std::ssize(written);
  if (options.on_text) stream.finish(result.text);
  return written;
}

/// What the model saw of the prompt and what follows it.
std::vector<RoutedToken> routed_text(const ModelConfig& model, const Tokenizer& tokenizer,
                                     const Request& request,
                                     const std::vector<std::int32_t>& written,
                                     const ExpertShares& shares) {
  const auto prompt = encode_prompt(tokenizer, request);
  const auto seen = std::min(std::ssize(prompt), prompt_room(request, model.context));
  std::vector<std::int32_t> ids(prompt.end() - seen, prompt.end());
  ids.insert(ids.end(), written.begin(), written.end());
  auto tokens = routed_tokens(tokenizer, ids, static_cast<std::size_t>(seen), shares.all());
  end_at_stop(tokens, request.stop);
  return tokens;
}

void check_routed(const ContinueOptions& options, const ModelConfig& model,
                  const fs::path& folder) {
  if (options.routed && model.num_experts() == 0) {
    throw Error(ExitCode::usage, fmt::format("{}: is dense; --show-experts and --html need a "
                                             "mixture",
                                             folder.string()));
  }
  const auto sites = std::ssize(routing_sites(model));
  if (options.site < sites) return;
  throw Error(ExitCode::usage,
              fmt::format("--site {}: the model has {} routing sites, counted from 0", options.site,
                          sites));
}

Continuation continue_with_model(const ContinueOptions& options, const fs::path& folder) {
  const auto tokenizer = Tokenizer::load(folder);
  check_scorable(ModelFolder(folder).config(), folder.string());
  const LoadedModel model = load_model(ModelFolder(folder), options.engine, {});
  check_routed(options, model.config, folder);
  ExpertShares shares(model.config.num_experts(), options.site);
  DecoderText::Observer observer;
  if (options.routed) {
    observer = [&](const ForwardPass& pass, const at::Tensor& texts) {
      shares.add(pass, texts.to(at::kBool));
    };
  }
  DecoderText decoder(*model.decoder, observer, static_cast<std::uint64_t>(options.seed));
  Request request = request_of(options);
  Continuation result;
  const auto written = write(decoder, tokenizer, text_ends(folder, model.config, tokenizer),
                             options, request, result);
  if (!options.routed) return result;
  result.routed = routed_text(model.config, tokenizer, request, written, shares);
  for (const auto& expert : model.config.experts) result.experts.push_back(expert.name);
  return result;
}

Continuation continue_with_ensemble(const ContinueOptions& options, const ModelFolders& folders) {
  if (options.routed) {
    throw Error(ExitCode::usage, fmt::format("{}: is an ensemble; --show-experts and --html need a "
                                             "mixture",
                                             folders.model.string()));
  }
  const auto tokenizer = Tokenizer::load(folders.model);
  std::vector<fs::path> members;
  for (const auto& [name, folder] : folders.members) members.push_back(folder);
  EnsembleMembers ensemble(read_ensemble(folders.model), tokenizer, members, options.engine,
                           static_cast<std::uint64_t>(options.seed));
  Request request = request_of(options);
  Continuation result;
  const auto ends = text_ends(members.front(), ensemble.config(), tokenizer);
  write(ensemble.text(), tokenizer, ends, options, request, result);
  return result;
}

}  // namespace

Continuation continue_prompt(const ContinueOptions& options, const ModelFolders& folders) {
  return is_ensemble(folders.model) ? continue_with_ensemble(options, folders)
                                    : continue_with_model(options, folders.model);
}

}  // namespace btx
