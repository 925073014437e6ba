#include "train/tensorboard.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace btx {
namespace {

// Protobuf wire types.
constexpr int kVarint = 0;
constexpr int kFixed64 = 1;
constexpr int kBytes = 2;
constexpr int kFixed32 = 5;

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_tag(std::string& out, int field, int type) {
  put_varint(out, static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(type));
}

template <class T>
void put_fixed(std::string& out, int field, int type, T value) {
  put_tag(out, field, type);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_bytes(std::string& out, int field, std::string_view bytes) {
  put_tag(out, field, kBytes);
  put_varint(out, bytes.size());
  out.append(bytes);
}

std::uint32_t masked(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

}  // namespace

std::uint32_t crc32c(std::string_view data) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
      t[i] = crc;
    }
    return t;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : data)
    crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
  return ~crc;
}

TensorBoardWriter::TensorBoardWriter(const fs::path& folder) {
  make_folder(folder);
  const double time =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  file_.emplace(folder / fmt::format("events.out.tfevents.{:.0f}.btx.{}", time, ::getpid()));
  std::string event;  // Event { wall_time = 1, file_version = 3 }
  put_fixed(event, 1, kFixed64, time);
  put_bytes(event, 3, "brain.Event:2");
  record(event);
}

void TensorBoardWriter::write(std::int64_t step, double wall_time,
                              const std::vector<std::pair<std::string, double>>& scalars) {
  std::string summary;  // Summary { repeated Value { tag = 1, simple_value = 2 } = 1 }
  for (const auto& [tag, number] : scalars) {
    std::string value;
    put_bytes(value, 1, tag);
    put_fixed(value, 2, kFixed32, static_cast<float>(number));
    put_bytes(summary, 1, value);
  }
  std::string event;  // Event { wall_time = 1, step = 2, summary = 5 }
  put_fixed(event, 1, kFixed64, wall_time);
  put_tag(event, 2, kVarint);
  put_varint(event, static_cast<std::uint64_t>(step));
  put_bytes(event, 5, summary);
  record(event);
}

void TensorBoardWriter::record(const std::string& event) {
  const std::uint64_t length = event.size();
  std::string frame(reinterpret_cast<const char*>(&length), sizeof length);
  const std::uint32_t length_crc = masked(crc32c(frame));
  frame.append(reinterpret_cast<const char*>(&length_crc), sizeof length_crc);
  frame += event;
  const std::uint32_t crc = masked(crc32c(event));
  frame.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  file_->append(frame);
}

}  // namespace btx
