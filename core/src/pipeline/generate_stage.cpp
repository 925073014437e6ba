// What 'btx generate' runs: one prompt, continued, to stdout as it comes.
#include "base/text.hpp"
#include "eval/decoder_text.hpp"
#include "eval/encode_request.hpp"
#include "eval/ensemble_text.hpp"
#include "eval/generate.hpp"
#include "model/layout.hpp"
#include "model/load.hpp"
#include "pipeline/ensemble_folder.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "recipe/value_access.hpp"
#include "report/routed_text.hpp"

#include <btx/error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace btx {
namespace {

/// Prints a text that grows, but for an end that may change: half a character, half a stop string.
class Printer {
 public:
  Printer(const Tokenizer& tokenizer, const Request& request)
      : tokenizer_(tokenizer), prompt_(encode_prompt(tokenizer, request)), stops_(request.stop) {
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
    fmt::print("{}", text.substr(std::min(shown_, text.size()), end - std::min(shown_, end)));
    std::fflush(stdout);
    shown_ = end;
  }

  const Tokenizer& tokenizer_;
  std::vector<std::int64_t> prompt_;
  const std::vector<std::string>& stops_;
  std::vector<std::int32_t> ids_;
  std::size_t held_ = 0, shown_ = 0;
};

/// Collects the experts' shares of each token that goes through a mixture.
class Shares {
 public:
  Shares(std::int64_t experts, std::int64_t site) : experts_(experts), site_(site) {}

  void add(const ForwardPass& pass, const at::Tensor& real) {
    const std::int64_t tokens = real.numel();
    at::Tensor sum = at::zeros({tokens, experts_}, at::kDouble);
    for (std::size_t i = 0; i < pass.sites.size(); ++i) {
      if (site_ >= 0 && static_cast<std::int64_t>(i) != site_) continue;
      const Routing& routing = pass.sites[i].routing;
      const at::Tensor chosen = (routing.slots >= 0).to(at::kCPU);
      const at::Tensor weights = routing.weights.to(at::kCPU, at::kDouble) * chosen;
      sum.scatter_add_(1, routing.slots.to(at::kCPU).clamp_min(0), weights);
    }
    const at::Tensor kept = real.to(at::kCPU);
    for (std::int64_t t = 0; t < tokens; ++t) {
      if (!kept[t].item<bool>()) continue;
      all.push_back(shares_of(sum[t]));
    }
  }

  std::vector<std::vector<double>> all;

 private:
  /// Nothing for a token that every expert dropped.
  static std::vector<double> shares_of(const at::Tensor& weights) {
    const double* first = weights.const_data_ptr<double>();
    std::vector<double> shares(first, first + weights.numel());
    const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
    if (total <= 0) return {};
    for (double& share : shares) share /= total;
    return shares;
  }

  std::int64_t experts_, site_;
};

/// Pieces of text that are whole characters, each with the shares of the token that ends it.
std::vector<RoutedToken> routed_tokens(const Tokenizer& tokenizer,
                                       const std::vector<std::int32_t>& ids, std::size_t prompt,
                                       const std::vector<std::vector<double>>& shares) {
  std::vector<RoutedToken> tokens;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string text = tokenizer.decode({ids.data(), i + 1}, true);
    const bool whole = find_invalid_utf8(text) == std::string_view::npos;
    if (text.size() <= shown || (!whole && i + 1 < ids.size())) continue;
    tokens.push_back(
        {text.substr(shown), i < shares.size() ? shares[i] : std::vector<double>{}, i >= prompt});
    shown = text.size();
  }
  return tokens;
}

/// Takes away the first stop string in what was generated, and what comes after it.
void end_at_stop(std::vector<RoutedToken>& tokens, const std::vector<std::string>& stops) {
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].generated) continue;
    text += tokens[i].text;
    const std::size_t stop = find_stop(text, stops);
    if (stop == std::string::npos) continue;
    // The stop string may begin in an earlier token.
    std::size_t beyond = text.size() - stop;
    tokens.resize(i + 1);
    while (beyond > 0) {
      std::string& last = tokens.back().text;
      const std::size_t part = std::min(beyond, last.size());
      last.resize(last.size() - part);
      beyond -= part;
      if (last.empty()) tokens.pop_back();
    }
    return;
  }
}

struct Settings {
  Request request;
  GenerateConfig how;
};

Settings settings_of(const Value& config) {
  Settings s;
  s.request.context = config.at("prompt").as<std::string>();
  s.request.max_tokens = config.at("max_tokens").as<std::int64_t>();
  s.request.stop = strings_of(config.at("stop"));
  s.request.place = "the prompt";
  s.how.sampling = {number_of(config.at("temperature")), number_of(config.at("top_p")),
                    static_cast<std::uint64_t>(config.at("seed").as<std::int64_t>())};
  return s;
}

constexpr std::int64_t kTokens = 128;  // written where nothing else is said

/// 128, or what is left of the context; half of it for a prompt that leaves nothing.
std::int64_t default_tokens(const NextToken& model, const Tokenizer& tokenizer,
                            const Request& request) {
  const std::int64_t left = model.context() - std::ssize(encode_prompt(tokenizer, request));
  return std::min(kTokens, left > 0 ? left : std::max<std::int64_t>(1, model.context() / 2));
}

/// Continues the prompt; the text is printed as it comes if `stream`. All of it at the end.
std::string write(NextToken& model, const Tokenizer& tokenizer, Settings& settings, bool stream,
                  std::vector<std::int32_t>& written) {
  Request& request = settings.request;
  if (request.max_tokens == 0) request.max_tokens = default_tokens(model, tokenizer, request);
  Printer printer(tokenizer, request);
  settings.how.on_token = [&](std::size_t /*request*/, std::int64_t token) {
    written.push_back(static_cast<std::int32_t>(token));
    if (stream) printer.add(token);
  };
  std::string text = generate(model, tokenizer, {&request, 1}, settings.how)[0];
  if (stream) printer.finish(text);
  return text;
}

void print_result(const StageContext& context, const std::string& text, std::size_t tokens) {
  if (!context.config.at("json").as<bool>()) return;
  Value result;
  result.set("text", Value(text));
  result.set("tokens", Value(static_cast<std::int64_t>(tokens)));
  fmt::print("{}\n", to_json(result));
}

LoadedModel load(const StageContext& context, const fs::path& folder) {
  const auto engine = read_config<EngineConfig>(context.config.at("engine"), "[engine]");
  return load_model(ModelFolder(folder), engine, {});
}

void generate_ensemble(const StageContext& context, const EnsembleFolder& ensemble,
                       Settings settings) {
  const auto tokenizer = Tokenizer::load(context.input("model"));
  std::vector<LoadedModel> models;
  std::vector<std::unique_ptr<NextToken>> members;
  for (const auto& member : ensemble.members) {
    models.push_back(load(context, context.input("member/" + member.name)));
    members.push_back(std::make_unique<DecoderText>(*models.back().decoder));
  }
  settings.how.ends = text_ends(models.front().config, tokenizer);
  EnsembleText model(ensemble.component, tokenizer, std::move(members));
  std::vector<std::int32_t> written;
  const std::string text =
      write(model, tokenizer, settings, !context.config.at("json").as<bool>(), written);
  print_result(context, text, written.size());
}

/// What the model saw of the prompt and what follows it, coloured, on stdout or in a file.
void show_experts(const StageContext& context, const ModelConfig& model, const Tokenizer& tokenizer,
                  const Settings& settings, const std::vector<std::int32_t>& written,
                  const Shares& shares) {
  const auto prompt = encode_prompt(tokenizer, settings.request);
  const auto seen = std::min(std::ssize(prompt), prompt_room(settings.request, model.context));
  std::vector<std::int32_t> ids(prompt.end() - seen, prompt.end());
  ids.insert(ids.end(), written.begin(), written.end());
  auto tokens = routed_tokens(tokenizer, ids, static_cast<std::size_t>(seen), shares.all);
  end_at_stop(tokens, settings.request.stop);
  std::vector<std::string> experts;
  for (const auto& expert : model.experts) experts.push_back(expert.name);
  const std::string html = context.config.at("html").as<std::string>();
  if (html.empty()) {
    fmt::print("{}", to_ansi(tokens, experts));
  } else {
    write_file(html, to_html(tokens, experts));
  }
}

/// The routing site that colours are of; -1: all.
std::int64_t site_of(const StageContext& context, const ModelConfig& model) {
  const auto site = context.config.at("site").as<std::int64_t>();
  const auto sites = std::ssize(routing_sites(model));
  if (site < sites) return site;
  throw Error(
      ExitCode::usage,
      fmt::format("--site {}: the model has {} routing sites, counted from 0", site, sites));
}

void generate_one(const StageContext& context, Settings settings) {
  const fs::path folder = context.input("model");
  const auto tokenizer = Tokenizer::load(folder);
  const LoadedModel model = load(context, folder);
  const bool coloured = context.config.at("show_experts").as<bool>();
  if (coloured && model.config.num_experts() == 0) {
    throw Error(ExitCode::usage, fmt::format("{}: is dense; --show-experts and --html need a "
                                             "mixture",
                                             folder.string()));
  }
  settings.how.ends = text_ends(model.config, tokenizer);
  Shares shares(model.config.num_experts(), site_of(context, model.config));
  DecoderText::Observer observer;
  if (coloured) {
    observer = [&](const ForwardPass& pass, const at::Tensor& real) { shares.add(pass, real); };
  }
  DecoderText decoder(*model.decoder, observer);
  std::vector<std::int32_t> written;
  const bool json = context.config.at("json").as<bool>();
  const std::string text = write(decoder, tokenizer, settings, !json && !coloured, written);
  if (coloured) show_experts(context, model.config, tokenizer, settings, written, shares);
  print_result(context, text, written.size());
}

void run_generate(const StageContext& context) {
  Settings settings = settings_of(context.config);
  const fs::path folder = context.input("model");
  if (!is_ensemble(folder)) {
    generate_one(context, std::move(settings));
  } else if (context.config.at("show_experts").as<bool>()) {
    throw Error(ExitCode::usage, fmt::format("{}: is an ensemble; --show-experts and --html need a "
                                             "mixture",
                                             folder.string()));
  } else {
    generate_ensemble(context, read_ensemble(folder), std::move(settings));
  }
}

/// Runs when the library is opened, which open_core() does on purpose for this.
const bool kRegistered = [] {
  stage_functions()["generate"] = run_generate;
  return true;
}();

}  // namespace
}  // namespace btx
