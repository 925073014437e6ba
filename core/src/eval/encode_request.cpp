#include "eval/encode_request.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace btx {
namespace {

std::vector<std::int64_t> encode_after(const std::vector<std::int32_t>& start,
                                       const Tokenizer& tokenizer, const std::string& text,
                                       bool split_special) {
  std::vector<std::int64_t> ids(start.begin(), start.end());
  const auto own = tokenizer.encode(text, {.split_special = split_special});
  ids.insert(ids.end(), own.begin(), own.end());
  return ids;
}

}  // namespace

EncodedRequest encode_request(const Tokenizer& tokenizer, const Request& request) {
  if (request.context.empty()) {
    const auto start = tokenizer.start_ids();
    return {encode_after(start, tokenizer, request.continuation, false), start.size()};
  }
  const std::size_t end = request.context.find_last_not_of(" \t\n\v\f\r") + 1;
  const std::string context = request.context.substr(0, end);
  const auto& start = tokenizer.template_start();
  EncodedRequest encoded;
  encoded.ids = encode_after(start, tokenizer,
                             context + request.context.substr(end) + request.continuation, true);
  encoded.first = encode_after(start, tokenizer, context, true).size();
  if (encoded.first == 0) {
    throw Error(ExitCode::usage,
                request.place + ": the context is white space alone; it needs text");
  }
  // Context and continuation may be one token together; it follows the start of a document.
  if (encoded.ids.size() == 1) {
    const auto begin = tokenizer.start_ids();
    encoded.ids.insert(encoded.ids.begin(), begin.begin(), begin.end());
  }
  // A token may reach over the end of the context; a continuation has one of its own at least.
  encoded.first = std::min(encoded.first, encoded.ids.size() - 1);
  return encoded;
}

void check_ids(std::span<const std::int64_t> ids, std::int64_t vocabulary,
               const Tokenizer& tokenizer, const std::string& place) {
  const auto beyond = std::ranges::find_if(ids, [&](auto id) { return id >= vocabulary; });
  if (beyond == ids.end()) return;
  throw Error(
      ExitCode::usage,
      fmt::format("{}: token '{}' has the id {}, and the model's embedding has {} rows; the "
                  "tokenizer has tokens that the model does not: take the token out of the text, "
                  "or give the model its own tokenizer",
                  place, tokenizer.token(static_cast<std::int32_t>(*beyond)), *beyond, vocabulary));
}

std::size_t fit_window(EncodedRequest& encoded, const std::string& place, std::int64_t window) {
  const auto most = static_cast<std::size_t>(window) + 1;
  if (encoded.ids.size() <= most) return 0;
  const std::size_t dropped = encoded.ids.size() - most;
  if (dropped >= encoded.first) {
    throw Error(ExitCode::usage,
                fmt::format("{}: the continuation has {} tokens, more than the window of {}; leave "
                            "the item out",
                            place, encoded.ids.size() - encoded.first, window));
  }
  encoded.ids.erase(encoded.ids.begin(),
                    encoded.ids.begin() + static_cast<std::ptrdiff_t>(dropped));
  encoded.first -= dropped;
  return dropped;
}

std::vector<std::int64_t> encode_prompt(const Tokenizer& tokenizer, const Request& request) {
  const auto start = request.context.empty() ? tokenizer.start_ids() : tokenizer.template_start();
  return encode_after(start, tokenizer, request.context, true);
}

}  // namespace btx
