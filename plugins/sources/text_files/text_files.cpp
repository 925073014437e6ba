// Plain text: one document a file, or a few paragraphs a document.

#include "common/files.hpp"

#include <btx/data_source.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace {

using btx::Document;
using btx::Error;

struct TextFilesConfig {
  std::vector<std::string> paths;
  std::vector<std::string> files = {"*"};
  std::string document = "file";
  std::int64_t max_bytes = 16384;

  void fields(btx::Fields& f) {
    f("paths", paths, "files, and folders that are searched", {.required = true, .path = true});
    f("files", files, "which files of the folders: globs for the path within; '*' matches '/' too");
    f("document", document, "what a document is", {.choices = {"file", "paragraphs"}});
    f("max_bytes", max_bytes,
      "paragraphs: as many as fit into this are one document; a longer one is one by itself",
      {.min = 1, .unit = btx::Unit::bytes});
  }
};

class WholeFile final : public btx::DocumentReader {
 public:
  WholeFile(std::string id, std::string path) : id_(std::move(id)), path_(std::move(path)) {}

  bool next(Document& document) override {
    if (done_) return false;
    done_ = true;
    document = {id_, sources::read_file(path_)};
    return true;
  }

 private:
  std::string id_, path_;
  bool done_ = false;
};

/// Paragraphs end at lines that are blank.
class Paragraphs final : public btx::DocumentReader {
 public:
  Paragraphs(std::string id, const std::string& path, std::int64_t max_bytes)
      : id_(std::move(id)),
        path_(path),
        file_(path),
        max_bytes_(static_cast<std::size_t>(max_bytes)) {
    if (!file_) throw Error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }

  bool next(Document& document) override {
    std::string text = std::move(paragraph_);
    paragraph_.clear();
    while (read_paragraph()) {
      if (!text.empty() && text.size() + paragraph_.size() > max_bytes_) break;
      text += paragraph_;
      paragraph_.clear();
    }
    if (text.empty()) return false;
    document = {fmt::format("{}#{}", id_, ++number_), std::move(text)};
    return true;
  }

 private:
  /// Puts the next paragraph with the blank lines behind it into paragraph_; false at the end.
  bool read_paragraph() {
    bool ended = false;
    while (file_.peek() != std::ifstream::traits_type::eof()) {
      if (ended && file_.peek() != '\n' && file_.peek() != '\r') return true;
      std::string line;
      std::getline(file_, line);
      ended = line.find_first_not_of(" \t\r") == std::string::npos;
      paragraph_ += line + "\n";
    }
    if (file_.bad()) throw Error(fmt::format("cannot read {}", path_));
    return !paragraph_.empty();
  }

  std::string id_, path_;
  std::ifstream file_;
  std::size_t max_bytes_;
  std::string paragraph_;
  int number_ = 0;
};

class TextFiles final : public btx::DataSource {
 public:
  using Config = TextFilesConfig;
  explicit TextFiles(const Config& config) : config_(config) {
    if (config.paths.empty()) {
      throw Error(btx::ExitCode::usage,
                  "text_files: paths is empty; name at least one file or folder");
    }
  }

  std::vector<btx::Shard> shards(const btx::SourceContext& /*context*/) const override {
    return sources::file_shards(config_.paths, config_.files);
  }

  std::unique_ptr<btx::DocumentReader> open(const btx::Shard& shard,
                                            const btx::SourceContext& /*context*/) const override {
    if (config_.document == "file") return std::make_unique<WholeFile>(shard.name, shard.identity);
    return std::make_unique<Paragraphs>(shard.name, shard.identity, config_.max_bytes);
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("text_files", "0.1.0", registrar) {
  registrar.add<btx::DataSource, TextFiles>(
      "text_files", "plain text files, one document each or cut at paragraphs");
}
