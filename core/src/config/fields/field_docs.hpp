#pragma once
// Describes every field of a config, for the recipe reference and `btx plugin info`.

#include "config/fields/field_visitor.hpp"

#include <btx/params.hpp>

#include <map>
#include <string>
#include <vector>

namespace btx {

/// One field as the recipe reference, `btx config --schema` and `btx plugin info` show it.
struct FieldDoc {
  std::string path;          ///< "train.lr", "expert[].name", "data.<key>.path"
  std::string type;          ///< "integer", "array of strings", "table", ...
  std::string default_text;  ///< as TOML; "required" if there is none, "" for tables
  std::string range;         ///< ">= 1", "one of 'a', 'b'", or ""
  std::string help;
};

/// A table each: name, type, default, range, help.
BTX_EXPORT Value to_value(const std::vector<FieldDoc>& docs);

class FieldDocs;
extern template class FieldVisitorOf<FieldDocs>;

/// Visit a config made for this: lists and maps get a default item, so that its fields are
/// described too.   [any]
class BTX_EXPORT FieldDocs : public FieldVisitorOf<FieldDocs> {
 public:
  /// `where` is put before every path: "train".
  explicit FieldDocs(std::string where = "");
  ~FieldDocs() override;

  template <class T>
  void on(const FieldSpec& spec, T& value);

  bool has(const FieldSpec& spec, bool present) override;
  void open_table(const FieldSpec& spec) override;
  std::size_t open_list(const FieldSpec& spec, std::size_t size) override;
  void open_item(std::size_t index) override;
  std::vector<std::string> open_map(const FieldSpec& spec, std::vector<std::string> keys) override;
  void open_entry(const std::string& key) override;
  void close() override;

  /// In order of declaration.
  const std::vector<FieldDoc>& docs() const { return docs_; }

 private:
  struct Frame {
    std::string path;
    bool hidden;       ///< an item that is there already; the default one comes behind
    std::size_t size;  ///< of a list, before
  };

  void add_table(const FieldSpec& spec, const std::string& type);
  void open(std::string path, bool hidden, std::size_t size);
  std::string path_of(const std::string& key) const;

  std::vector<FieldDoc> docs_;
  std::vector<Frame> frames_;
};

}  // namespace btx
