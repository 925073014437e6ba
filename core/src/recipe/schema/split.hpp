#pragma once
// [split]: how a domain's documents are held out, and which are not used at all.

#include <btx/params.hpp>

#include <cstdint>

namespace btx {

/// By a hash of the document's id, so that a document stays on its side whatever else a source
/// holds, and when its text changes.
struct SplitConfig {
  std::int64_t dev_every = 20;   ///< one document in so many is held out for decisions
  std::int64_t test_every = 20;  ///< ... and for the final evaluation
  std::int64_t seed = 0;
  std::int64_t decontaminate = 0;  ///< words in a row that no document shares with a set; 0: off
  void fields(Fields& f) {
    f("dev_every", dev_every, "one document in so many goes to dev", {.min = 2, .max = 1e6});
    f("test_every", test_every, "one document in so many goes to test", {.min = 2, .max = 1e6});
    f("seed", seed, "another seed is another split", {.min = 0});
    f("decontaminate", decontaminate,
      "documents that have so many words in a row in common with an evaluation set ([[eval.set]]) "
      "are dropped, as with 13 by Brown et al. (arXiv 2005.14165); at least 8; 0: off",
      {.min = 0, .max = 100, .omit_default = true});
  }
};

}  // namespace btx
