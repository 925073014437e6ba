#include "common/steps.hpp"

#include "common/regex.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sources {
namespace {

using btx::Error;

constexpr std::size_t kMaxInflatedBytes = std::size_t{1} << 30;

/// What a gzip or zlib stream that begins at the start of `data` holds. Returns its compressed
/// size, 0 if there is no sound stream.
std::size_t inflate_stream(std::string_view data, std::string& out) {
  z_stream stream{};
  constexpr int kDetectGzipOrZlib = 15 + 32;
  if (::inflateInit2(&stream, kDetectGzipOrZlib) != Z_OK) throw Error("inflate: out of memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(data.size(), kMaxInflatedBytes));
  std::array<char, 65536> block{};
  int status = Z_OK;
  while (status == Z_OK && out.size() < kMaxInflatedBytes) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = block.size();
    status = ::inflate(&stream, Z_NO_FLUSH);
    out.append(block.data(), block.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  return status == Z_STREAM_END ? stream.total_in : 0;
}

bool may_begin_stream(std::string_view data) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(data[i]); };
  if (data.size() < 8) return false;
  const bool gzip = byte(0) == 0x1f && byte(1) == 0x8b && byte(2) == 8;
  const bool zlib = (byte(0) & 0x0f) == 8 && byte(0) <= 0x78 && (byte(0) * 256 + byte(1)) % 31 == 0;
  return gzip || zlib;
}

Texts inflate_all(const Texts& texts) {
  Texts result;
  for (const std::string& text : texts) {
    for (std::size_t at = 0; at < text.size();) {
      const auto rest = std::string_view(text).substr(at);
      std::string out;
      const std::size_t used = may_begin_stream(rest) ? inflate_stream(rest, out) : 0;
      if (used > 0) result.push_back(std::move(out));
      at += std::max<std::size_t>(1, used);
    }
  }
  if (result.empty()) throw Error("inflate: found no gzip or zlib stream that is whole");
  return result;
}

Texts match_all(const Regex& regex, const std::string& with, const Texts& texts) {
  Texts result;
  for (const std::string& text : texts) {
    regex.for_each(text, [&](const Match& match) { match.expand(with, result.emplace_back()); });
  }
  return result;
}

Texts replace_all(const Regex& regex, const std::string& with, Texts texts) {
  for (std::string& text : texts) {
    std::string changed;
    std::size_t kept = 0;
    regex.for_each(text, [&](const Match& match) {
      changed.append(text, kept, std::max(kept, match.begin()) - kept);
      match.expand(with, changed);
      kept = match.end();
    });
    if (kept == 0 && changed.empty()) continue;
    changed.append(text, kept);
    text = std::move(changed);
  }
  return texts;
}

Texts split_all(const Regex& regex, const Texts& texts) {
  Texts result;
  for (const std::string& text : texts) {
    std::size_t begin = 0;
    const auto cut = [&](std::size_t end) {
      if (end > begin) result.push_back(text.substr(begin, end - begin));
      begin = std::max(begin, end);
    };
    regex.for_each(text, [&](const Match& match) { cut(match.begin()); });
    cut(text.size());
  }
  return result;
}

Texts join_all(std::size_t count, const Texts& texts) {
  Texts result;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool begins = i == 0 || (count > 0 && i % count == 0);
    if (begins) result.emplace_back();
    result.back() += (begins ? "" : "\n") + texts[i];
  }
  return result;
}

}  // namespace

Step make_step(const StepConfig& config) {
  if (config.action == "inflate") return inflate_all;
  if (config.action == "join") {
    const auto count = static_cast<std::size_t>(config.count);
    return [count](const Texts& texts) { return join_all(count, texts); };
  }
  if (config.pattern.empty()) {
    throw Error(btx::ExitCode::usage, fmt::format("step '{}' needs a pattern", config.action));
  }
  const Regex regex(config.pattern);
  if (config.action == "split") {
    return [regex](const Texts& texts) { return split_all(regex, texts); };
  }
  if (config.action == "match") {
    return [regex, with = config.with.empty() ? "$0" : config.with](const Texts& texts) {
      return match_all(regex, with, texts);
    };
  }
  return [regex, with = config.with](Texts texts) {
    return replace_all(regex, with, std::move(texts));
  };
}

}  // namespace sources
