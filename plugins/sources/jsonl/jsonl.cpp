// One JSON object a line, one document an object.

#include "common/files.hpp"
#include "jsonl/line_reader.hpp"

#include <btx/data_source.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using btx::Document;
using btx::Error;
using Json = nlohmann::json;

struct JsonLinesConfig {
  std::vector<std::string> paths;
  std::vector<std::string> files = {"*.jsonl", "*.jsonl.gz", "*.jsonl.zst"};
  std::string text_field = "text";
  std::string id_field;

  void fields(btx::Fields& f) {
    f("paths", paths, "files, plain or compressed by gzip or zstd, and folders that are searched",
      {.required = true, .path = true});
    f("files", files, "which files of the folders: globs for the path within; '*' matches '/' too");
    f("text_field", text_field, "member with the text");
    f("id_field", id_field,
      "member with an id, a string or a whole number; empty: file and line are the id");
  }
};

class JsonLines final : public btx::DocumentReader {
 public:
  JsonLines(std::string name, const std::string& path, const JsonLinesConfig& config)
      : name_(std::move(name)), lines_(path), config_(config) {}

  bool next(Document& document) override {
    std::string line;
    do {
      if (!lines_.next(line)) return false;
    } while (line.find_first_not_of(" \t\r") == std::string::npos);
    const Json json = parse(line);
    document.text = member(json, config_.text_field).get<std::string>();
    document.id = id_of(json);
    return true;
  }

 private:
  Json parse(const std::string& line) const {
    try {
      Json json = Json::parse(line);
      if (json.is_object()) return json;
    } catch (const Json::exception& error) {
      throw Error(fmt::format("{}: not JSON: {}", lines_.place(), error.what()));
    }
    throw Error(fmt::format("{}: not a JSON object", lines_.place()));
  }

  const Json& member(const Json& json, const std::string& field) const {
    const auto found = json.find(field);
    if (found == json.end()) throw Error(fmt::format("{}: no member '{}'", lines_.place(), field));
    if (found->is_string() || (field == config_.id_field && found->is_number_integer())) {
      return *found;
    }
    throw Error(fmt::format("{}: member '{}' is a {}, not text", lines_.place(), field,
                            found->type_name()));
  }

  std::string id_of(const Json& json) const {
    if (config_.id_field.empty()) return fmt::format("{}#{}", name_, lines_.number());
    const Json& id = member(json, config_.id_field);
    return id.is_string() ? id.get<std::string>() : id.dump();
  }

  std::string name_;
  LineReader lines_;
  JsonLinesConfig config_;
};

class JsonLinesSource final : public btx::DataSource {
 public:
  using Config = JsonLinesConfig;
  explicit JsonLinesSource(const Config& config) : config_(config) {
    if (config.paths.empty()) {
      throw Error(btx::ExitCode::usage, "jsonl: paths is empty; name at least one file or folder");
    }
  }

  std::vector<btx::Shard> shards(const btx::SourceContext& /*context*/) const override {
    return btx::sources::file_shards(config_.paths, config_.files);
  }

  std::unique_ptr<btx::DocumentReader> open(const btx::Shard& shard,
                                            const btx::SourceContext& /*context*/) const override {
    return std::make_unique<JsonLines>(shard.name, shard.identity, config_);
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("jsonl", "0.1.0", registrar) {
  registrar.add<btx::DataSource, JsonLinesSource>("jsonl", "JSON lines, plain, gzip or zstd");
}
