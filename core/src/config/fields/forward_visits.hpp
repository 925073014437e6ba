#pragma once
// Definitions for the one source file of each visitor, which instantiates FieldVisitorOf.

#include "config/fields/field_visitor.hpp"

namespace btx {

template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, bool& value) {
  static_cast<Derived*>(this)->on(spec, value);
}
template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, std::int64_t& value) {
  static_cast<Derived*>(this)->on(spec, value);
}
template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, double& value) {
  static_cast<Derived*>(this)->on(spec, value);
}
template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, std::string& value) {
  static_cast<Derived*>(this)->on(spec, value);
}
template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, std::vector<std::int64_t>& value) {
  static_cast<Derived*>(this)->on(spec, value);
}
template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, std::vector<double>& value) {
  static_cast<Derived*>(this)->on(spec, value);
}
template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, std::vector<std::string>& value) {
  static_cast<Derived*>(this)->on(spec, value);
}
template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, std::map<std::string, double>& value) {
  static_cast<Derived*>(this)->on(spec, value);
}
template <class Derived>
void FieldVisitorOf<Derived>::visit(const FieldSpec& spec, Value& value) {
  static_cast<Derived*>(this)->on(spec, value);
}

}  // namespace btx
