#pragma once
// What is done to a file to get text out of it: a list of small steps, each of which makes a list
// of texts into another. They start from the file as the only text.

#include <btx/params.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sources {

/// One step as a recipe writes it. Patterns are PCRE2, on bytes; '^' and '.' are line-wise only
/// with (?m) and (?s) as usual.
struct StepConfig {
  std::string action;
  std::string pattern;
  std::string with;
  std::int64_t count = 0;

  void fields(btx::Fields& f) {
    f("do", action,
      "inflate: what the gzip and zlib streams within hold, a text each; match: each match of "
      "pattern becomes a text; replace: every match is replaced; split: a text begins at each "
      "match; "
      "join: count texts become one",
      {.choices = {"inflate", "match", "replace", "split", "join"}, .required = true});
    f("pattern", pattern, "regular expression (PCRE2)");
    f("with", with,
      "match, replace: the new text, $0 is the match and $1 to $9 its groups; empty: "
      "for match the whole match, for replace nothing");
    f("count", count, "join: how many lines of text make one; 0: all of a file", {.min = 0});
  }
};

using Texts = std::vector<std::string>;
/// A step that is ready to run: from the texts before it to those after it.
using Step = std::function<Texts(Texts)>;

/// The step, ready to run. Throws btx::Error (usage) for a pattern that is missing or malformed.
/// The step throws btx::Error for a match that takes too long and for damaged streams.   [any]
Step make_step(const StepConfig& config);

}  // namespace sources
