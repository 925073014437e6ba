// The comparison as one HTML file: tables and the routing heat maps, nothing fetched.
#include "base/text.hpp"
#include "report/comparison.hpp"
#include "report/cost_columns.hpp"
#include "report/text/escape_html.hpp"

#include <fmt/format.h>

namespace btx {
namespace {

constexpr const char* kStyle =
    "body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;"
    "color:#222}h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:"
    "collapse;margin:.8rem 0}th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid "
    "#ddd}th:first-child,td:first-child{text-align:left}.best{font-weight:700;background:#e8f3e8}"
    ".heat td{border:1px solid #fff;min-width:4.2rem;text-align:center}p{color:#555}"
    "@media (prefers-color-scheme:dark){body{background:#181818;color:#ddd}th,td{border-color:#444}"
    ".best{background:#24402a}p{color:#aaa}.heat td{border-color:#181818}}";

std::string score_cell(double value, bool best) {
  return fmt::format("<td{}>{:.4f}</td>", best ? " class=best" : "", value);
}

std::string metric_table(const Comparison& c, std::size_t metric) {
  std::string out = "<table><tr><th>model</th>";
  for (const auto& domain : c.domains) out += "<th>" + escape_html(domain) + "</th>";
  out += "<th>mean</th>";
  for (const char* column : kCostColumns) out += fmt::format("<th>{}</th>", column);
  out += "</tr>";
  for (std::size_t i = 0; i < c.models.size(); ++i) {
    const ModelRow& model = c.models[i];
    out += "<tr><td>" + escape_html(model.name) + "</td>";
    for (std::size_t d = 0; d < c.domains.size(); ++d) {
      out += score_cell(model.scores[metric][d], c.is_best(metric, d, i));
    }
    out += score_cell(model.means[metric], c.is_best(metric, c.domains.size(), i));
    for (const auto& text :
         cost_cells(static_cast<double>(model.parameters), model.active_parameters, model.cost)) {
      out += fmt::format("<td>{}</td>", text);
    }
    out += "</tr>";
  }
  return out + "</table>";
}

std::string plain_table(const TextRows& rows) {
  std::string out = "<table>";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += "<tr>";
    for (const auto& cell : rows[i]) {
      out += fmt::format("<{0}>{1}</{0}>", i == 0 ? "th" : "td", escape_html(cell));
    }
    out += "</tr>";
  }
  return out + "</table>";
}

/// White (no tokens) to dark blue (all of them); the text turns white where the cell is dark.
/// The colour is that of the weights' share.
std::string heat_cell(double slots, double share) {
  const auto mix = [&](int from, int to) { return static_cast<int>(from + (to - from) * share); };
  return fmt::format("<td style=\"background:rgb({},{},{});color:{}\">{:.1f} / {:.1f} %</td>",
                     mix(247, 8), mix(251, 48), mix(255, 107), share > 0.5 ? "#fff" : "#111",
                     100 * slots, 100 * share);
}

std::string heat_map(const ModelRow& model) {
  std::string out;
  for (const auto& table : model.routing) {
    out += "<table class=heat><tr><th>" + escape_html(table.domain) + "</th>";
    for (const auto& expert : model.experts) out += "<th>" + escape_html(expert) + "</th>";
    out += "</tr>";
    for (std::size_t layer = 0; layer < table.layers.size(); ++layer) {
      out += fmt::format("<tr><td>layer {}</td>", table.layers[layer]);
      for (std::size_t e = 0; e < table.slots[layer].size(); ++e) {
        out += heat_cell(table.slots[layer][e], table.weights[layer][e]);
      }
      out += "</tr>";
    }
    out += "</table>";
  }
  return out;
}

}  // namespace

std::string to_html(const Comparison& c) {
  std::string out = fmt::format(
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
      "content=\"width=device-width\"><title>{0}</title><style>{1}</style><h1>{0}</h1>",
      escape_html(c.title), kStyle);
  for (std::size_t metric = 0; metric < c.metrics.size(); ++metric) {
    out += fmt::format(
        "<h2>{} on held-out text</h2><p>{} is better; the best of a column is marked.</p>",
        escape_html(c.metrics[metric]), c.lower_is_better[metric] ? "Lower" : "Higher");
    out += metric_table(c, metric);
  }
  for (const auto& [title, rows] : set_tables(c)) {
    out += "<h2>" + escape_html(title) + "</h2>" + plain_table(rows);
  }
  for (const auto& note : notes(c)) out += "<p>" + escape_html(note) + "</p>";
  for (const auto& model : c.models) {
    if (model.routing.empty()) continue;
    out += fmt::format("<h2>{}: where each domain's tokens go</h2>", escape_html(model.name));
    out += heat_map(model);
  }
  return out + "</html>\n";
}

}  // namespace btx
