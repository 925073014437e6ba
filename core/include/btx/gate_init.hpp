#pragma once
// A gate initialisation gives the gates of a new mixture their first weights, at random or from
// what the model's hidden states look like in each domain.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// One gate: E rows of `width` numbers.
struct GateSite {
  std::int64_t layer = 0;
  std::string part;                 ///< the matrix it routes ("up_proj"), or empty: the whole FFN
  std::vector<ExpertInfo> experts;  ///< [E]
  std::int64_t width = 0;           ///< columns of the gate [E, width]: D, or F for "down_proj"
  std::uint64_t key = 0;            ///< for btx/random.hpp; another one for each gate
  std::vector<std::map<std::string, double>> data = {};  ///< [E] shares of domains in what each
                                                         ///< was trained on, of sum 1; with a probe
};

/// What a gate's input looks like, summed over train tokens of every domain.
struct GateProbe {
  std::vector<std::string> domains;
  std::vector<double> tokens;  ///< [domains]
  std::vector<double> sums;    ///< [domains, width]
  std::vector<double> gram;    ///< [width, width]: sum over all tokens of x x^T
};

/// The smallest one, in which all experts are equally likely at first:
///
///     class Zeros final : public btx::GateInit {
///      public:
///       struct Config {
///         void fields(btx::Fields& /*f*/) {}
///       };
///       explicit Zeros(const Config& /*config*/) {}
///       std::vector<float> weights(const btx::GateSite& site,
///                                  const btx::GateProbe* /*probe*/) const override {
///         return std::vector<float>(site.experts.size() * static_cast<std::size_t>(site.width));
///       }
///     };
///     BTX_PLUGIN("smallest_gate_init", "0.1.0", registrar) {
///       registrar.add<btx::GateInit, Zeros>("smallest", "gates of zeros");
///     }
class BTX_EXPORT GateInit {
 public:
  static constexpr const char* kKind = "gate_init";
  virtual ~GateInit();

  /// Whether weights() needs a probe: forward passes of the merged model, its gates normal with a
  /// small deviation, over train text. Default: no.   [any]
  virtual bool needs_probe() const;

  /// [E, width]. `probe` is null unless needs_probe(). Pure.
  /// Throws btx::Error (usage) where the experts do not allow it.   [any]
  virtual std::vector<float> weights(const GateSite& site, const GateProbe* probe) const = 0;
};

}  // namespace btx
