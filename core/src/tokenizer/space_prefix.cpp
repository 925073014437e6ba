#include "tokenizer/space_prefix.hpp"

#include "pretokenizer/normalizer.hpp"

namespace btx {
namespace {

using Prepend = MetaspaceSpec::Prepend;

std::string write_spaces(const MetaspaceSpec& spec, std::string_view text, bool first) {
  std::string written = replace_all(text, " ", spec.replacement);
  const bool wanted = spec.prepend == Prepend::always || (spec.prepend == Prepend::first && first);
  if (wanted && !written.starts_with(spec.replacement)) written.insert(0, spec.replacement);
  return written;
}

}  // namespace

std::optional<std::string> with_space_prefix(const std::vector<PretokenizerSpec>& steps,
                                             std::string_view text, bool first) {
  if (steps.empty()) return std::nullopt;
  if (const auto* metaspace = std::get_if<MetaspaceSpec>(&steps.front())) {
    return write_spaces(*metaspace, text, first);
  }
  const auto* bytes = std::get_if<ByteLevelSpec>(&steps.front());
  if (bytes == nullptr || !bytes->add_prefix_space || text.starts_with(' ')) return std::nullopt;
  return " " + std::string(text);
}

}  // namespace btx
