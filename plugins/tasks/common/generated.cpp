#include "common/generated.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tasks {
namespace {

void finish(btx::Score& score) {
  score.value = std::accumulate(score.numerator.begin(), score.numerator.end(), 0.0) /
                std::accumulate(score.denominator.begin(), score.denominator.end(), 0.0);
}

Json parsed(const btx::EvalRow& row, const std::string& text, const char* what) {
  if (text.empty()) return nullptr;
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse(row, fmt::format("\"{}\" is not JSON from its byte {} on", what, error.byte));
  } catch (const Json::exception&) {  // its words have in them what it read, however long that is
    refuse(row, fmt::format("\"{}\" has a number that is too large", what));
  }
}

std::vector<std::string> stop_of(const btx::EvalRow& row, const GenerationConfig& config) {
  std::vector<std::string> stop = row.stop;
  for (const auto& text : config.stop) {
    if (std::find(stop.begin(), stop.end(), text) == stop.end()) stop.push_back(text);
  }
  if (std::find(stop.begin(), stop.end(), "") != stop.end()) {
    refuse(row, "a stop string is empty; every answer would be empty");
  }
  return stop;
}

std::int64_t max_tokens_of(const btx::EvalRow& row, const GenerationConfig& config) {
  if (config.max_tokens > 0) return config.max_tokens;
  if (row.max_tokens > 0) return row.max_tokens;
  refuse(row,
         "request.generation_kwargs.max_gen_toks is not given; the set's params need max_tokens");
}

}  // namespace

void GenerationConfig::fields(btx::Fields& f) {
  f("max_tokens", max_tokens, "tokens of an answer, at most; 0: as many as each row asks for",
    {.min = 0});
  f("stop", stop, "an answer ends before the first of these, or of the row's own");
}

void refuse(const btx::EvalRow& row, const std::string& why) {
  throw btx::Error(btx::ExitCode::usage, fmt::format("{}: {}", row.place, why));
}

std::vector<btx::Request> generation_requests(const btx::TaskInput& input,
                                              const GenerationConfig& config) {
  if (input.rows.empty()) {
    throw btx::Error(btx::ExitCode::usage,
                     fmt::format("needs the rows of a request file, and '{}' has {} documents; "
                                 "name the task in a set with requests",
                                 input.name, input.documents.size()));
  }
  std::vector<btx::Request> requests;
  for (std::size_t i = 0; i < input.rows.size(); ++i) {
    const auto& row = input.rows[i];
    if (i > 0 && row.item == input.rows[i - 1].item) {
      refuse(row, fmt::format("item {} has several continuations; the task takes one, not choices",
                              row.item));
    }
    requests.push_back({row.context, row.continuation, max_tokens_of(row, config),
                        stop_of(row, config), row.place});
  }
  return requests;
}

std::vector<btx::Score> generation_scores(const std::string& metric, const std::vector<bool>& right,
                                          std::span<const btx::Request> requests,
                                          std::span<const btx::Answer> answers) {
  btx::Score primary;
  primary.metric = metric;
  primary.lower_is_better = false;
  btx::Score bits;
  bits.metric = "bits_per_byte";
  for (std::size_t i = 0; i < right.size(); ++i) {
    primary.numerator.push_back(right[i] ? 1 : 0);
    primary.denominator.push_back(1);
    bits.numerator.push_back(-answers[i].log_likelihood / std::log(2.0));
    bits.denominator.push_back(static_cast<double>(requests[i].continuation.size()));
  }
  finish(primary);
  // A set without any right answer's text has no second number.
  if (std::accumulate(bits.denominator.begin(), bits.denominator.end(), 0.0) == 0) return {primary};
  finish(bits);
  return {primary, bits};
}

Json doc_of(const btx::EvalRow& row) {
  return parsed(row, row.doc, "doc");
}

Json label_of(const btx::EvalRow& row) {
  return parsed(row, row.label, "label");
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? value.dump() : "";
}

std::string text_of(const Json& object, const char* member) {
  if (!object.is_object()) return "";
  const auto found = object.find(member);
  return found == object.end() ? "" : text_of(*found);
}

}  // namespace tasks
