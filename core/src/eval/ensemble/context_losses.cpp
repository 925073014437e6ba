#include "eval/ensemble/context_losses.hpp"

#include "eval/encode_request.hpp"
#include "eval/windows.hpp"

#include <map>

namespace btx {

ContextLosses::ContextLosses(const Decoder& decoder, const Tokenizer& tokenizer,
                             std::span<const Request> requests, const ScoreConfig& config) {
  std::vector<std::vector<std::int64_t>> texts;
  std::map<std::vector<std::int64_t>, std::size_t> known;
  for (const auto& request : requests) {
    std::vector<std::int64_t> ids;
    if (!request.continuation.empty() && !request.context.empty()) {
      EncodedRequest encoded = encode_request(tokenizer, request);
      check_ids(encoded.ids, decoder.config().vocab_size, tokenizer, request.place);
      fit_window(encoded, request.place, config.window);
      ids.assign(encoded.ids.begin(),
                 encoded.ids.begin() + static_cast<std::ptrdiff_t>(encoded.first));
    }
    const auto [place, is_new] = known.emplace(std::move(ids), texts.size());
    if (is_new) texts.push_back(place->first);
    text_.push_back(place->second);
  }
  losses_ = text_losses(decoder, texts, config);
}

}  // namespace btx
