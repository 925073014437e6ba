// One JSON object a line, one document an object.

#include "common/files.hpp"
#include "common/python_json.hpp"
#include "jsonl/line_reader.hpp"

#include <btx/data_source.hpp>
#include <btx/enum_names.hpp>
#include <btx/log.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

enum class OnBad { stop, skip };

}  // namespace

template <>
inline constexpr auto btx::kEnumNames<OnBad> = std::array{"stop", "skip"};

namespace {

using btx::Document;
using btx::Error;
using sources::LineReader;
using Json = nlohmann::json;

struct JsonLinesConfig {
  std::vector<std::string> paths;
  std::vector<std::string> files = {"*.jsonl", "*.jsonl.gz", "*.jsonl.zst"};
  std::string text_field = "text";
  std::string id_field;
  OnBad on_bad = OnBad::stop;

  void fields(btx::Fields& f) {
    f("paths", paths, "files, plain or compressed by gzip or zstd, and folders that are searched",
      {.required = true, .path = true});
    f("files", files, "which files of the folders: globs for the path within; '*' matches '/' too");
    f("text_field", text_field, "member with the text");
    f("id_field", id_field,
      "member with an id, a string or a whole number; empty: file and line are the id");
    f("on_bad", on_bad,
      "what a line does that is no document: stop ends the stage, skip leaves it out and counts it",
      {.omit_default = true});
  }
};

class JsonLines final : public btx::DocumentReader {
 public:
  JsonLines(std::string name, const std::string& path, const JsonLinesConfig& config)
      : name_(std::move(name)), lines_(path), config_(config) {}

  bool next(Document& document) override {
    std::string line;
    do {
      if (!lines_.next(line)) {
        report();
        return false;
      }
    } while (line.find_first_not_of(" \t\r") == std::string::npos);
    if (config_.on_bad == OnBad::stop) {
      document = read(line);
      return true;
    }
    try {
      document = read(line);
    } catch (const Error& error) {
      if (bad_++ == 0) first_bad_ = error.what();
      document = {place_id(), ""};  // counted with the empty ones
    }
    return true;
  }

 private:
  Document read(const std::string& line) const {
    const Json json = parse(line);
    Document document;
    document.id = id_of(json);
    // Nothing, as some programs write it for an empty text.
    const auto text = json.find(config_.text_field);
    const bool none = text != json.end() && text->is_null();
    if (!none) document.text = member(json, config_.text_field).get<std::string>();
    return document;
  }

  /// Says, after the last line, what was left out.
  void report() {
    if (bad_ == 0) return;
    btx::log(
        btx::LogLevel::warning,
        fmt::format("{}: {} of {} lines are no documents and were left out (on_bad = \"skip\"); "
                    "the first: {}",
                    name_, bad_, lines_.number(), first_bad_));
    bad_ = 0;
  }

  Json parse(const std::string& line) const {
    Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) json = parse_again(sources::from_python_json(line));
    if (json.is_object()) return json;
    throw Error(fmt::format("{}: not a JSON object", lines_.place()));
  }

  Json parse_again(const std::string& line) const {
    try {
      return Json::parse(line);
    } catch (const Json::parse_error& error) {
      throw Error(
          fmt::format("{}:{}: not JSON from here on; repair the line, or leave such lines "
                      "out with on_bad = \"skip\"",
                      lines_.place(), error.byte));
    } catch (const Json::exception&) {
      throw Error(lines_.place() + ": not JSON");
    }
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
    if (config_.id_field.empty()) return place_id();
    const Json& id = member(json, config_.id_field);
    return id.is_string() ? id.get<std::string>() : id.dump();
  }

  std::string place_id() const { return fmt::format("{}#{}", name_, lines_.number()); }

  std::string name_;
  LineReader lines_;
  std::int64_t bad_ = 0;
  std::string first_bad_;
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
    return sources::file_shards(config_.paths, config_.files);
  }

  std::unique_ptr<btx::DocumentReader> open(const btx::Shard& shard,
                                            const btx::SourceContext& /*context*/) const override {
    return std::make_unique<JsonLines>(shard.name, shard.identity, config_);
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("jsonl", "0.2.0", registrar) {
  registrar.add<btx::DataSource, JsonLinesSource>("jsonl", "JSON lines, plain, gzip or zstd");
}
