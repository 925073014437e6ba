#include "eval/encode_request.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace btx {
namespace {

/// What the tokenizer's template puts before a text; nothing if it has none.
std::vector<std::int32_t> template_start(const Tokenizer& tokenizer) {
  if (tokenizer.encode("", {.add_special = true}).empty()) return {};
  return tokenizer.start_ids();
}

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
  const auto start = template_start(tokenizer);
  EncodedRequest encoded;
  encoded.ids = encode_after(start, tokenizer,
                             context + request.context.substr(end) + request.continuation, true);
  encoded.first = encode_after(start, tokenizer, context, true).size();
  if (encoded.first == 0) {
    throw Error(
        fmt::format("{}: the context is white space alone; give it some text, or leave it "
                    "empty for the start of a document",
                    request.place));
  }
  // A token may reach over the end of the context; a continuation has one of its own at least.
  const std::size_t last = std::max<std::size_t>(encoded.ids.size(), 2) - 1;
  encoded.first = std::min(encoded.first, last);
  return encoded;
}

std::vector<std::int64_t> encode_prompt(const Tokenizer& tokenizer, const Request& request) {
  const auto start = request.context.empty() ? tokenizer.start_ids() : template_start(tokenizer);
  return encode_after(start, tokenizer, request.context, true);
}

}  // namespace btx
