#pragma once
// Describes every field of a config, for the recipe reference and `btx plugin info`.

#include "recipe/value.hpp"

#include <btx/params.hpp>

#include <map>
#include <string>
#include <vector>

namespace btx {

struct FieldDoc {
  std::string path;          ///< "train.lr", "expert[].name", "data.<key>.path"
  std::string type;          ///< "integer", "array of strings", "table", ...
  std::string default_text;  ///< as TOML; "required" if there is none, "" for tables
  std::string range;         ///< ">= 1", "one of 'a', 'b'", or ""
  std::string help;
};

/// A table each: name, type, default, range, help.
BTX_EXPORT Value to_value(const std::vector<FieldDoc>& docs);

/// Visit a config made for this: lists and maps get a default item, so that its fields are
/// described too.   [any]
class BTX_EXPORT FieldDocs : public FieldVisitor {
 public:
  /// `where` is put before every path: "train".
  explicit FieldDocs(std::string where = "");
  ~FieldDocs() override;

  void visit(const FieldSpec& spec, bool& value) override;
  void visit(const FieldSpec& spec, std::int64_t& value) override;
  void visit(const FieldSpec& spec, double& value) override;
  void visit(const FieldSpec& spec, std::string& value) override;
  void visit(const FieldSpec& spec, std::vector<std::int64_t>& value) override;
  void visit(const FieldSpec& spec, std::vector<double>& value) override;
  void visit(const FieldSpec& spec, std::vector<std::string>& value) override;
  void visit(const FieldSpec& spec, std::map<std::string, double>& value) override;
  void visit(const FieldSpec& spec, Value& value) override;
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
    bool muted;        ///< an item that is there already; the default one comes behind
    std::size_t size;  ///< of a list, before
  };

  /// Describes a field with the value that FieldWriter gives it.
  template <class T>
  void add(const FieldSpec& spec, const std::string& path, const std::string& type, T& value);
  void add_table(const FieldSpec& spec, const std::string& type);
  void open(std::string path, bool muted, std::size_t size);
  std::string path_of(const std::string& key) const;

  std::vector<FieldDoc> docs_;
  std::vector<Frame> frames_;
};

}  // namespace btx
