#pragma once
// Words that begin at a visible space (Hugging Face: Metaspace with split).

#include "pretokenizer/pretokenizer.hpp"

#include <string>

namespace btx {

class MetaspacePretokenizer : public Pretokenizer {
 public:
  /// `runs`: a run of visible spaces begins one word, else each of them begins its own.
  MetaspacePretokenizer(std::string replacement, bool runs)
      : replacement_(std::move(replacement)), runs_(runs) {}
  void split(std::string_view text, WordSink emit) const override;

 private:
  std::string replacement_;
  bool runs_;
};

}  // namespace btx
