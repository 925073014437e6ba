#pragma once
// The nine visit() functions of a FieldVisitor, forwarded to one template; forward_visits.hpp has
// them.

#include "config/value.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// `Derived` has a template on(spec, T&) for every type of a leaf, and on(spec, Value&).
template <class Derived>
class FieldVisitorOf : public FieldVisitor {
 public:
  void visit(const FieldSpec& spec, bool& value) override;
  void visit(const FieldSpec& spec, std::int64_t& value) override;
  void visit(const FieldSpec& spec, double& value) override;
  void visit(const FieldSpec& spec, std::string& value) override;
  void visit(const FieldSpec& spec, std::vector<std::int64_t>& value) override;
  void visit(const FieldSpec& spec, std::vector<double>& value) override;
  void visit(const FieldSpec& spec, std::vector<std::string>& value) override;
  void visit(const FieldSpec& spec, std::map<std::string, double>& value) override;
  void visit(const FieldSpec& spec, Value& value) override;
};

}  // namespace btx
