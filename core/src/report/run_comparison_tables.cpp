// The comparison of runs as text: tables for a terminal, Markdown, JSON.
#include "base/text.hpp"
#include "report/cost_columns.hpp"
#include "report/run_comparison.hpp"
#include "report/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

/// Columns that name a row.
std::size_t names(const RunComparison& c) {
  return c.points.size() > 1 ? 2 : 1;
}

std::vector<std::string> name_cells(const RunComparison& c, const ComparedModelRow& row) {
  if (names(c) == 1) return {row.model};
  return {c.points[row.point], row.model};
}

TextRows heading_row(const RunComparison& c, const std::vector<std::string>& columns) {
  std::vector<std::string> row = names(c) == 1 ? std::vector<std::string>{"model"}
                                               : std::vector<std::string>{"point", "model"};
  row.insert(row.end(), columns.begin(), columns.end());
  return {row};
}

TextRows value_rows(const RunComparison& c, const MetricComparison& table) {
  std::vector<std::string> columns;
  for (const auto& domain : table.domains) {
    const bool left_out = std::ranges::find(table.in_no_mean, domain) != table.in_no_mean.end();
    columns.push_back(left_out ? domain + " (in no mean)" : domain);
  }
  columns.insert(columns.end(), {"mean", "sd"});
  columns.insert(columns.end(), kCostColumns.begin(), kCostColumns.end());
  columns.emplace_back("seeds");
  TextRows rows = heading_row(c, columns);
  for (const auto& row : table.rows) {
    auto& cells = rows.emplace_back(name_cells(c, row));
    for (const double value : row.values) cells.push_back(fmt::format("{:.4f}", value));
    cells.push_back(fmt::format("{:.4f}", row.mean));
    cells.push_back(row.seeds > 1 ? fmt::format("{:.4f}", row.deviation) : "-");
    for (auto& text : cost_cells(row.parameters, row.active_parameters, row.cost)) {
      cells.push_back(std::move(text));
    }
    cells.push_back(std::to_string(row.seeds));
  }
  return rows;
}

std::string interval_text(const std::optional<Interval>& interval) {
  return interval ? fmt::format("[{:+.4f}, {:+.4f}]", interval->low, interval->high) : "-";
}

TextRows difference_rows(const RunComparison& c, const MetricComparison& table) {
  const std::string level = fmt::format("{:g} %", 100 * c.level);
  TextRows rows = heading_row(c, {"difference", "paired t over seeds, " + level,
                                  "paired bootstrap over documents, " + level,
                                  "over both, " + level, "seeds", "p (Holm)", "verdict"});
  for (const auto& row : table.rows) {
    if (!row.difference) continue;
    const ModelDifference& d = *row.difference;
    auto& cells = rows.emplace_back(name_cells(c, row));
    cells.push_back(d.pairs > 0 ? fmt::format("{:+.4f}", d.value) : "-");
    cells.push_back(interval_text(d.seeds));
    cells.push_back(interval_text(d.documents));
    cells.push_back(interval_text(d.crossed));
    cells.push_back(std::to_string(d.pairs));
    cells.push_back(d.adjusted_p ? fmt::format("{:.3g}", *d.adjusted_p) : "-");
    cells.push_back(d.verdict);
  }
  return rows;
}

std::string values_heading(const MetricComparison& table) {
  return fmt::format("{} on {} ({} is better)", table.metric,
                     table.facts.of_sets ? "evaluation sets" : "held-out text",
                     table.facts.lower_is_better ? "lower" : "higher");
}

std::string differences_heading(const RunComparison& c, const MetricComparison& table) {
  const bool several = c.points.size() > 1;
  return fmt::format("{}: mean over {} against {}{}", table.metric,
                     table.facts.of_sets ? "sets" : "domains", c.baseline,
                     several ? fmt::format(" ({})", c.points.front()) : "");
}

Value interval_value(const Interval& interval) {
  Value value;
  value.set("low", Value(interval.low));
  value.set("high", Value(interval.high));
  value.set("p", Value(interval.p));
  return value;
}

Value difference_value(const ModelDifference& d) {
  Value value;
  value.set("pairs", Value(static_cast<std::int64_t>(d.pairs)));
  if (d.pairs > 0) value.set("difference", Value(d.value));
  if (d.seeds) value.set("paired_t_over_seeds", interval_value(*d.seeds));
  if (d.documents) value.set("paired_bootstrap_over_documents", interval_value(*d.documents));
  if (d.crossed) value.set("over_seeds_and_documents", interval_value(*d.crossed));
  if (d.crossed_p) value.set("holm_p_over_both", Value(*d.crossed_p));
  if (d.decisive() != nullptr) {
    value.set("rests_on",
              Value(d.seeds ? "paired_t_over_seeds" : "paired_bootstrap_over_documents"));
  }
  if (d.adjusted_p) value.set("holm_p", Value(*d.adjusted_p));
  value.set("verdict", Value(d.verdict));
  return value;
}

Value strings(const std::vector<std::string>& texts) {
  return Value(Array(texts.begin(), texts.end()));
}

Value row_value(const RunComparison& c, const MetricComparison& table,
                const ComparedModelRow& row) {
  Value value;
  value.set("point", Value(c.points[row.point]));
  value.set("model", Value(row.model));
  value.set("seeds", Value(static_cast<std::int64_t>(row.seeds)));
  Value domains;
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    domains.set(table.domains[i], Value(row.values[i]));
  }
  value.set("domains", std::move(domains));
  value.set("mean", Value(row.mean));
  value.set("standard_deviation", Value(row.deviation));
  value.set("parameters", Value(row.parameters));
  value.set("active_parameters", Value(row.active_parameters));
  set_cost(value, row.cost);
  if (row.difference) value.set("against_baseline", difference_value(*row.difference));
  return value;
}

}  // namespace

std::string to_text(const RunComparison& c) {
  std::string out;
  for (const auto& table : c.metrics) {
    out += values_heading(table) + "\n\n" + aligned(value_rows(c, table), names(c)) + "\n";
    out += differences_heading(c, table) + "\n\n" + aligned(difference_rows(c, table), names(c));
    out += "\n";
  }
  return out + join(c.notes, "\n") + "\n";
}

std::string to_markdown(const RunComparison& c) {
  std::string out = "# Comparison\n\n";
  for (const auto& table : c.metrics) {
    out += fmt::format("## {}\n\n{}\n", escape_markdown(values_heading(table)),
                       markdown(value_rows(c, table), names(c)));
    out += fmt::format("## {}\n\n{}\n", escape_markdown(differences_heading(c, table)),
                       markdown(difference_rows(c, table), names(c)));
  }
  return out + markdown_paragraphs(c.notes);
}

Value to_value(const RunComparison& c) {
  Array tables;
  for (const auto& table : c.metrics) {
    Array rows;
    for (const auto& row : table.rows) rows.push_back(row_value(c, table, row));
    Value value;
    value.set("metric", Value(table.metric));
    value.set("on", Value(table.facts.of_sets ? "evaluation sets" : "held-out text"));
    value.set("lower_is_better", Value(table.facts.lower_is_better));
    if (!table.in_no_mean.empty()) value.set("in_no_mean", strings(table.in_no_mean));
    value.set("bootstrap_resamples", Value(static_cast<std::int64_t>(table.resamples)));
    value.set("rows", Value(std::move(rows)));
    tables.push_back(std::move(value));
  }
  Value all;
  all.set("points", strings(c.points));
  all.set("baseline", Value(c.baseline));
  all.set("level", Value(c.level));
  all.set("tables", Value(std::move(tables)));
  all.set("notes", strings(c.notes));
  return all;
}

}  // namespace btx
