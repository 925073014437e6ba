#include "data/pack.hpp"

#include "base/temporary_folder.hpp"
#include "base/terminal.hpp"
#include "base/text.hpp"
#include "config/value.hpp"
#include "recipe/stage_names.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <set>

namespace btx {
namespace {

constexpr std::int64_t kPackVersion = 1;
constexpr int kLevel = 19;  // packs travel; they are made once
constexpr std::size_t kMaxLine = 4096;

struct FreeContext {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
  void operator()(ZSTD_DCtx* c) const { ZSTD_freeDCtx(c); }
};

class Compressor {
 public:
  explicit Compressor(const fs::path& path) : out_(path), context_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }
  void write(std::string_view data) { push(data, ZSTD_e_continue); }
  std::uint64_t finish() {
    push({}, ZSTD_e_end);
    out_.close();
    return out_.size();
  }

 private:
  void push(std::string_view data, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
      if (ZSTD_isError(left) != 0) throw Error("zstd: " + std::string(ZSTD_getErrorName(left)));
      out_.write(buffer_.data(), out.pos);
    } while (directive == ZSTD_e_end ? left != 0 : in.pos < in.size);
  }

  OutputFile out_;
  std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
  std::string buffer_ = std::string(1 << 17, '\0');
};

class Decompressor {
 public:
  explicit Decompressor(const fs::path& path)
      : path_(path), file_(path), context_(ZSTD_createDCtx()), in_{file_.data(), file_.size(), 0} {}

  /// Up to `bytes` more bytes, fewer only at the end.
  std::string read(std::size_t bytes) {
    std::string data;
    while (data.size() < bytes) {
      if (at_ == filled_ && !refill()) break;
      const std::size_t count = std::min(bytes - data.size(), filled_ - at_);
      data.append(buffer_, at_, count);
      at_ += count;
    }
    return data;
  }

  std::string line() {
    std::string text;
    for (std::string byte = read(1); !byte.empty() && byte != "\n"; byte = read(1)) {
      text += byte;
      if (text.size() > kMaxLine) fail("its header is not text");
    }
    return text;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(
        fmt::format("{}: not a good pack: {}; make it with 'btx data pack'", path_.string(), what));
  }

 private:
  bool refill() {
    ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
    while (out.pos == 0 && in_.pos < in_.size) {
      const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in_);
      if (ZSTD_isError(result) != 0) fail(ZSTD_getErrorName(result));
    }
    at_ = 0;
    filled_ = out.pos;
    return filled_ > 0;
  }

  fs::path path_;
  MappedFile file_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  ZSTD_inBuffer in_;
  std::string buffer_ = std::string(1 << 17, '\0');
  std::size_t at_ = 0, filled_ = 0;
};

struct Entry {
  std::string stage, file;
  std::int64_t bytes = 0;
};

/// A tokenizer is read whole, also by plans, which write nothing.
constexpr std::int64_t kLargestTokenizer = 100'000'000;

/// The files that a stage's artifact has in a pack: all of `needed`, or one of `either`.
struct StageFiles {
  std::vector<std::string> needed, either;

  static StageFiles of(const std::string& stage) {
    if (stage == kTokenizer) return {{}, {"tokenizer.json", "tokenizer.model"}};
    if (stage.starts_with(tokens_stage(""))) return {{"train.tokens", "dev.tokens"}, {}};
    return {{"documents.json", "test.jsonl", "train.hashes"}, {}};
  }
  bool has(const std::string& file) const {
    return std::ranges::count(needed, file) + std::ranges::count(either, file) > 0;
  }
  bool complete(const std::set<std::string>& there) const {
    const auto is_there = [&](const std::string& file) { return there.contains(file); };
    return std::ranges::all_of(needed, is_there) &&
           (either.empty() || std::ranges::count_if(either, is_there) == 1);
  }
  std::string text() const { return needed.empty() ? join(either, " or ") : join(needed); }
};

std::string header(const std::string& stage, const std::string& file, std::uint64_t bytes) {
  Value value;
  value.set("stage", Value(stage));
  value.set("file", Value(file));
  value.set("bytes", Value(static_cast<std::int64_t>(bytes)));
  return to_json(value) + "\n";
}

/// The next entry's header, or false at the end.
bool next_entry(Decompressor& in, Entry& entry) {
  const std::string line = in.line();
  if (line.empty()) return false;
  try {
    const Value value = from_json(line, "pack");
    entry.stage = value.at("stage").as<std::string>();
    entry.file = value.at("file").as<std::string>();
    entry.bytes = value.at("bytes").as<std::int64_t>();
  } catch (const std::exception&) {
    in.fail("an entry has no header");
  }
  const bool plain =
      !entry.file.empty() && entry.file.find('/') == std::string::npos && entry.file[0] != '.';
  if (!plain || entry.bytes < 0) in.fail("an entry has an impossible name or size");
  return true;
}

void copy_bytes(Decompressor& in, std::int64_t bytes, OutputFile* out) {
  while (bytes > 0) {
    const std::string part =
        in.read(static_cast<std::size_t>(std::min<std::int64_t>(bytes, 1 << 20)));
    if (part.empty()) in.fail("it is cut short");
    if (out != nullptr) out->write(part);
    bytes -= static_cast<std::int64_t>(part.size());
  }
}

/// Refuses what no stage writes, before any of it is written here.
void check_entry(const Decompressor& in, const Entry& entry, const StageFiles& files,
                 std::uint64_t free_bytes) {
  if (!files.has(entry.file)) {
    in.fail(fmt::format("'{}' is no file of stage '{}', which has {}", printable(entry.file),
                        entry.stage, files.text()));
  }
  const bool large = entry.stage == kTokenizer && entry.bytes > kLargestTokenizer;
  if (large || static_cast<std::uint64_t>(entry.bytes) > free_bytes) {
    in.fail(fmt::format("{} of stage '{}' has {}, {} is the most", entry.file, entry.stage,
                        format_bytes(static_cast<double>(entry.bytes)),
                        format_bytes(large ? static_cast<double>(kLargestTokenizer)
                                           : static_cast<double>(free_bytes))));
  }
}

void read_facts(Decompressor& in) {
  Entry entry;
  if (!next_entry(in, entry) || entry.file != "pack.json" || entry.bytes > 4096) {
    in.fail("it does not begin with pack.json");
  }
  const Value facts = from_json(in.read(static_cast<std::size_t>(entry.bytes)), "pack.json");
  const Value* version = facts.find("version");
  if (version == nullptr || !(*version == Value(kPackVersion))) in.fail("another version");
}

}  // namespace

std::uint64_t write_pack(const std::vector<PackedFile>& files, const fs::path& pack) {
  Value facts;
  facts.set("version", Value(kPackVersion));
  const std::string text = to_json(facts) + "\n";
  const fs::path beside = pack.string() + ".new";
  Compressor out(beside);
  out.write(header("", "pack.json", text.size()) + text);
  for (const auto& file : files) {
    const MappedFile data(file.path);
    out.write(header(file.stage, file.file, data.size()));
    out.write({reinterpret_cast<const char*>(data.data()), data.size()});
  }
  const std::uint64_t size = out.finish();
  fs::rename(beside, pack);
  return size;
}

Tokenizer pack_tokenizer(const fs::path& pack) {
  const TemporaryFolder folder;
  unpack_stage(pack, "tokenizer", folder.path());
  try {
    return Tokenizer::load(folder.path());
  } catch (const Error& error) {
    throw Error(fmt::format("{}: not a good pack: its tokenizer: {}; make it with 'btx data pack'",
                            pack.string(), error.what()));
  }
}

void unpack_stage(const fs::path& pack, const std::string& stage, const fs::path& folder) {
  Decompressor in(pack);
  read_facts(in);
  const StageFiles files = StageFiles::of(stage);
  std::set<std::string> there;
  for (Entry entry; next_entry(in, entry);) {
    if (entry.stage != stage) {
      if (!there.empty()) break;  // a stage's files lie together
      copy_bytes(in, entry.bytes, nullptr);
      continue;
    }
    check_entry(in, entry, files, free_disk_bytes(folder));
    if (!there.insert(entry.file).second) in.fail(entry.file + " is there twice");
    OutputFile out(folder / entry.file);
    copy_bytes(in, entry.bytes, &out);
    out.close();
  }
  if (there.empty()) {
    in.fail(fmt::format("nothing of stage '{}' is in it; it was made from another recipe", stage));
  }
  if (!files.complete(there)) {
    in.fail(fmt::format("stage '{}' needs {}, got {}", stage, files.text(),
                        join({there.begin(), there.end()})));
  }
}

}  // namespace btx
