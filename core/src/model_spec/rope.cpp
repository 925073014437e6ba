#include "model_spec/rope.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <string>

namespace btx {
namespace {

double llama3_frequency(const RopeScaling& s, double frequency) {
  const auto length = static_cast<double>(s.original_max_position_embeddings);
  const double wavelength = 2 * std::numbers::pi / frequency;
  if (wavelength < length / s.high_freq_factor) return frequency;
  if (wavelength > length / s.low_freq_factor) return frequency / s.factor;
  const double kept =
      (length / wavelength - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
  return (1 - kept) * frequency / s.factor + kept * frequency;
}

void require(bool good, const char* name, const std::string& wanted, double got) {
  if (good) return;
  throw Error(ExitCode::usage,
              fmt::format("rope scaling: {} must be {}, got {}", name, wanted, got));
}

}  // namespace

double scaled_frequency(const RopeScaling& scaling, double frequency) {
  switch (scaling.type) {
    case RopeType::linear: return frequency / scaling.factor;
    case RopeType::llama3: return llama3_frequency(scaling, frequency);
    case RopeType::none: break;
  }
  return frequency;
}

const char* rope_type_name(RopeType type) {
  return type == RopeType::linear ? "linear" : type == RopeType::llama3 ? "llama3" : "default";
}

void check_rope_scaling(const RopeScaling& s) {
  if (s.type == RopeType::none) return;
  require(std::isfinite(s.factor) && s.factor >= 1, "factor", "1 or more", s.factor);
  if (s.type != RopeType::llama3) return;
  const auto length = static_cast<double>(s.original_max_position_embeddings);
  require(length > 0, "original_max_position_embeddings", "1 or more", length);
  require(std::isfinite(s.low_freq_factor) && s.low_freq_factor > 0, "low_freq_factor", "above 0",
          s.low_freq_factor);
  require(std::isfinite(s.high_freq_factor) && s.high_freq_factor > s.low_freq_factor,
          "high_freq_factor", fmt::format("above low_freq_factor, {}", s.low_freq_factor),
          s.high_freq_factor);
}

}  // namespace btx
