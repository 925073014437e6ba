#pragma once
// The fields of one protocol buffer message, in order. Source: protobuf.dev, "Encoding".

#include <cstdint>
#include <optional>
#include <string_view>

namespace btx {

/// A field: its number, and its bytes if it is a string, a message or packed, else its number.
struct ProtobufField {
  std::uint64_t number = 0;
  std::uint64_t value = 0;  ///< of a varint, or the bits of a fixed32 or fixed64
  std::string_view bytes;
};

/// Hands on one field after the other. Reads nothing beyond the message.   [one thread]
class ProtobufFields {
 public:
  explicit ProtobufFields(std::string_view message) : rest_(message) {}

  /// The next field; nothing at the end, or where the message is malformed (see sound()).
  std::optional<ProtobufField> next();
  /// Whether nothing malformed was met so far.
  bool sound() const { return sound_; }

 private:
  std::optional<std::uint64_t> varint();
  std::optional<std::string_view> take(std::uint64_t bytes);
  bool read_value(std::uint64_t wire_type, ProtobufField& field);

  std::string_view rest_;
  bool sound_ = true;
};

}  // namespace btx
