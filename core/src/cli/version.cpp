#include "cli/cli.hpp"
#include "cli/print.hpp"
#include "pipeline/environment.hpp"

#include <fmt/format.h>

namespace btx {

void add_version(CLI::App& app, CommandLine& line) {
  auto* verb = app.add_subcommand("version", "What this program is and where it runs");
  verb->callback([&line] {
    line.chosen = [&line] {
      const Value all = environment();
      if (line.json) {
        print_value(all);
        return 0;
      }
      for (const auto& [key, value, place] : all.as<Table>()) {
        if (!value.is<Array>()) print("{:<14} {}\n", key, to_toml_inline(value));
      }
      return 0;
    };
  });
}

}  // namespace btx
