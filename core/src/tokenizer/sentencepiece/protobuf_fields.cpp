#include "tokenizer/sentencepiece/protobuf_fields.hpp"

#include <cstring>

namespace btx {

std::optional<std::uint64_t> ProtobufFields::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> ProtobufFields::take(std::uint64_t bytes) {
  if (bytes > rest_.size()) return std::nullopt;
  const auto taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

bool ProtobufFields::read_value(std::uint64_t wire_type, ProtobufField& field) {
  constexpr std::uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;
  if (wire_type == kVarint) {
    const auto value = varint();
    field.value = value.value_or(0);
    return value.has_value();
  }
  std::optional<std::uint64_t> size;
  if (wire_type == kFixed64) size = 8;
  if (wire_type == kFixed32) size = 4;
  if (wire_type == kBytes) size = varint();
  const auto bytes = size ? take(*size) : std::nullopt;
  if (!bytes) return false;
  if (wire_type == kBytes) {
    field.bytes = *bytes;
  } else {
    std::memcpy(&field.value, bytes->data(), bytes->size());
  }
  return true;
}

std::optional<ProtobufField> ProtobufFields::next() {
  if (rest_.empty() || !sound_) return std::nullopt;
  ProtobufField field;
  const auto key = varint();
  sound_ = key.has_value() && read_value(*key & 7, field);
  if (!sound_) return std::nullopt;
  field.number = *key >> 3;
  return field;
}

}  // namespace btx
