#pragma once
// A data source supplies the documents of one domain. The core does the rest: removing duplicates,
// splitting by document into train, dev and test, tokenizing, packing, mixing by weight.

#include <btx/export.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// One document. `id` is stable over runs and unique in its source ("os.py", "chapter-3");
/// `text` is UTF-8.
struct Document {
  std::string id;
  std::string text;
};

/// A part of a source that can be read by itself.
struct Shard {
  std::string name;         ///< unique in the source; for messages
  std::string identity;     ///< changes when the content does (a digest, or package and version);
                            ///< part of the cache key. A path to an existing file is also accepted:
                            ///< the core then uses the digest of the file
  bool is_path = false;     ///< `identity` is such a path
  std::uint64_t bytes = 0;  ///< to be read, an estimate; for plans
};

/// Reads one shard from its beginning. Used by one thread at a time.
class BTX_EXPORT DocumentReader {
 public:
  virtual ~DocumentReader();
  /// The next document, or false at the end. The order is fixed.
  /// Throws btx::Error for what cannot be read, naming file and place.
  virtual bool next(Document& document) = 0;
};

/// What a source may use of its surroundings.
struct SourceContext {
  std::string cache_dir;    ///< for downloads; kept between runs, shared by runs
  std::string scratch_dir;  ///< an empty folder, removed after the stage; "" while a recipe is
                            ///< planned. shards() must not write outside cache_dir
  std::string domain;       ///< for messages
};

/// The smallest one, whose only document stands in the recipe:
///
///     class Sentence final : public btx::DataSource {
///      public:
///       struct Config {
///         std::string text = "A sentence.";
///         void fields(btx::Fields& f) { f("text", text, "the only document"); }
///       };
///       struct Reader final : btx::DocumentReader {
///         explicit Reader(std::string only) : text(std::move(only)) {}
///         bool next(btx::Document& document) override {
///           if (text.empty()) return false;
///           document = {"sentence", std::exchange(text, "")};
///           return true;
///         }
///         std::string text;
///       };
///       explicit Sentence(const Config& config) : config_(config) {}
///       std::vector<btx::Shard> shards(const btx::SourceContext&) const override {
///         return {{"sentence", config_.text, false, config_.text.size()}};
///       }
///       std::unique_ptr<btx::DocumentReader> open(const btx::Shard&,
///                                                 const btx::SourceContext&) const override {
///         return std::make_unique<Reader>(config_.text);
///       }
///
///      private:
///       Config config_;
///     };
///     BTX_PLUGIN("smallest_source", "0.1.0", registrar) {
///       registrar.add<btx::DataSource, Sentence>("smallest", "one document");
///     }
///
/// Order of documents = (index of the shard, order in the shard), whatever the number of threads.
class BTX_EXPORT DataSource {
 public:
  static constexpr const char* kKind = "source";
  virtual ~DataSource();

  /// The shards, in order; quick (no reading of contents, no download). [main]
  virtual std::vector<Shard> shards(const SourceContext& context) const = 0;

  /// An independent reader of one shard. May be called from several threads at once. [any]
  virtual std::unique_ptr<DocumentReader> open(const Shard& shard,
                                               const SourceContext& context) const = 0;
};

}  // namespace btx
