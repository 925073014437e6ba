#pragma once
// Pre-tokenization: a text is cut into words, and merges never cross a cut.

#include "pretokenizer/pretokenizer_spec.hpp"

#include <btx/export.hpp>

#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace btx {

/// Refers to a function that takes words; does not own it.
class WordSink {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, WordSink>)
      WordSink(F&& function)  // NOLINT: implicit, so that a lambda can be passed
      : function_(const_cast<void*>(static_cast<const void*>(&function))),
        call_([](void* self, std::string_view word) {
          (*static_cast<std::remove_reference_t<F>*>(self))(word);
        }) {}

  void operator()(std::string_view word) const { call_(function_, word); }

 private:
  void* function_;
  void (*call_)(void*, std::string_view);
};

/// Cuts text. Immutable.   [any]
class BTX_EXPORT Pretokenizer {
 public:
  virtual ~Pretokenizer();
  /// Hands on the words of `text` in order: parts of it, none empty, that together are all of it.
  /// Any bytes are allowed; one that is not UTF-8 counts as a character that is not a letter,
  /// number or space.
  virtual void split(std::string_view text, WordSink emit) const = 0;
};

/// The given steps in their order, each applied to the words of the one before; no step leaves a
/// text whole. Words are cut before runs of the character `also_cut_at` besides, if one is given.
BTX_EXPORT std::unique_ptr<Pretokenizer> make_pretokenizer(
    const std::vector<PretokenizerSpec>& steps, std::string_view also_cut_at = {});

}  // namespace btx
