#include "cli/cli.hpp"
#include "cli/print.hpp"
#include "plugin/environment.hpp"

#include <fmt/format.h>

namespace btx {

void add_version(Verb app, CommandLine& line) {
  Verb verb = app.add_verb("version", "What this program is and where it runs");
  verb.runs([&line] {
    const Value all = environment();
    if (line.json) {
      print_value(all);
      return 0;
    }
    for (const auto& [key, value, place] : all.as<Table>()) {
      if (!value.is<Array>()) print("{:<14} {}\n", key, to_toml_inline(value));
    }
    return 0;
  });
}

}  // namespace btx
