#include "stages/scoring/report.hpp"

namespace btx {

void run(const ReportWork& work, const StageContext& context) {
  const Comparison comparison =
      gather_comparison(work, [&](const std::string& role) { return context.input(role); });
  write_file(context.output / "report.txt", to_text(comparison));
  write_file(context.output / "report.md", to_markdown(comparison));
  write_file(context.output / "report.html", to_html(comparison));
  write_file(context.output / "report.json", to_json(to_value(comparison)) + "\n");
}

}  // namespace btx
