// The comparison as text: a table for a terminal, Markdown, JSON.
#include "base/terminal.hpp"
#include "base/text.hpp"
#include "report/comparison.hpp"
#include "report/cost_columns.hpp"
#include "report/text/computed_text.hpp"
#include "report/text/dropped_text.hpp"
#include "report/text/text_table.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

std::string cell(double value, bool best) {
  return fmt::format("{:.4f}{}", value, best ? " *" : "");
}

/// One metric: a row a model, a column a domain, the mean, and what the model cost.
TextRows metric_rows(const Comparison& c, std::size_t metric) {
  TextRows rows = {{"model"}};
  rows[0].insert(rows[0].end(), c.domains.begin(), c.domains.end());
  rows[0].emplace_back("mean");
  rows[0].insert(rows[0].end(), kCostColumns.begin(), kCostColumns.end());
  for (std::size_t i = 0; i < c.models.size(); ++i) {
    const ModelRow& model = c.models[i];
    auto& row = rows.emplace_back();
    row.push_back(model.name);
    for (std::size_t d = 0; d < c.domains.size(); ++d) {
      row.push_back(cell(model.scores[metric][d], c.is_best(metric, d, i)));
    }
    row.push_back(cell(model.means[metric], c.is_best(metric, c.domains.size(), i)));
    for (auto& text :
         cost_cells(static_cast<double>(model.parameters), model.active_parameters, model.cost)) {
      row.push_back(std::move(text));
    }
  }
  return rows;
}

TextRows routing_rows(const ModelRow& model) {
  TextRows rows = {{"domain", "layer"}};
  rows[0].insert(rows[0].end(), model.experts.begin(), model.experts.end());
  for (const auto& table : model.routing) {
    for (std::size_t layer = 0; layer < table.layers.size(); ++layer) {
      auto& row = rows.emplace_back(std::vector<std::string>{table.domain, table.layers[layer]});
      for (std::size_t e = 0; e < table.slots[layer].size(); ++e) {
        row.push_back(fmt::format("{:.1f} / {:.1f} %", 100 * table.slots[layer][e],
                                  100 * table.weights[layer][e]));
      }
    }
  }
  return rows;
}

std::string heading(const Comparison& c, std::size_t metric) {
  return fmt::format("{} on held-out text ({}; * = best)", c.metrics[metric],
                     c.lower_is_better[metric] ? "lower is better" : "higher is better");
}

/// How well a matched model's cost is that of what it was matched with.
std::string match_note(const ModelRow& model) {
  const Cost &own = model.cost, &other = model.matched;
  const auto share = [&](double mine, double wanted) {
    return fmt::format("({:.1f} %)", wanted > 0 ? 100 * mine / wanted : 0.0);
  };
  switch (model.match) {
    case Match::none: return "";
    case Match::data:
      return fmt::format("{} tokens against {} {}", format_count(own.tokens),
                         format_count(other.tokens), share(own.tokens, other.tokens));
    case Match::flops:
      return fmt::format("{:.3g} FLOPs against {:.3g} {}", own.flops, other.flops,
                         share(own.flops, other.flops));
    case Match::device_time:
      return fmt::format("{} against {} {}", format_seconds(own.seconds),
                         format_seconds(other.seconds), share(own.seconds, other.seconds));
  }
  throw Error("a match that the report does not know; this is a bug");
}

Value scores_value(const SetResult& set) {
  Value scores;
  for (const auto& score : set.scores) {
    Value value;
    value.set("value", Value(score.value));
    value.set("standard_error", Value(score.standard_error));
    scores.set(score.metric, std::move(value));
  }
  return scores;
}

}  // namespace

std::vector<std::pair<std::string, TextRows>> set_tables(const Comparison& c) {
  if (c.models.empty() || c.models[0].sets.empty()) return {};
  std::vector<ModelSets> models;
  for (const auto& model : c.models) models.push_back({model.name, model.sets});
  std::vector<std::pair<std::string, TextRows>> tables = {
      {"Evaluation sets (shares in percent ± standard error; * = best)",
       model_set_rows(models, "")}};
  for (const auto& metric : shared_metrics(models[0].results)) {
    tables.emplace_back(fmt::format("Evaluation sets: {} (± standard error; * = best)", metric),
                        model_set_rows(models, metric));
  }
  return tables;
}

/// What was scored of a domain's test text.
std::string sample_note(const std::string& domain, const ScoredSample& sample) {
  std::string note = fmt::format(
      "{}: {} of {} test documents were scored, {} of {} bytes{}.", domain, sample.documents,
      sample.of_documents, format_count(static_cast<double>(sample.bytes)),
      format_count(static_cast<double>(sample.of_bytes)),
      sample.documents < sample.of_documents ? ", drawn by a hash of their names" : "");
  if (sample.left_out > 0) {
    note += fmt::format(" {} more were left out, as another domain trains on their text.",
                        sample.left_out);
  }
  return note;
}

/// Metrics of which no model is marked the best.
std::string unlike_note(const Comparison& c) {
  std::vector<std::string> metrics;
  for (std::size_t m = 0; m < c.metrics.size(); ++m) {
    if (!c.alike[m]) metrics.push_back(c.metrics[m]);
  }
  if (metrics.empty()) return "";
  return fmt::format(
      "Of {} no model is marked the best: the models count the same text in other units, as those "
      "of different tokenizers do.",
      join(metrics));
}

std::string computed_note(const Comparison& c) {
  std::map<std::string, std::vector<std::string>> models;
  for (const auto& model : c.models) {
    for (const auto& where : model.computed) models[where].push_back(model.name);
  }
  return computed_text(models);
}

std::vector<std::string> notes(const Comparison& c) {
  std::vector<std::string> lines = {
      "Training tokens, FLOPs and device time of a model are those of every training stage it "
      "rests on but the seed's; the wall clock has stages that do not wait for each other, as "
      "experts, side by side, each in the time that it took here."};
  for (const auto& model : c.models) {
    if (model.match != Match::none) {
      lines.push_back(fmt::format("{} is matched with experts and finetuning by {}: {}.",
                                  model.name, name_of(model.match), match_note(model)));
    }
    if (!model.unknown_costs.empty()) {
      lines.push_back(
          fmt::format("The cost of {} leaves out what was imported, of which none is "
                      "known: {}; give it with its cost.",
                      model.name, join(model.unknown_costs)));
    }
    if (model.draws > 1) {
      lines.push_back(
          fmt::format("Scores of {} are means over {} draws of its router, with a "
                      "standard error over draws of at most {:.2g}.",
                      model.name, model.draws, model.draw_error));
    }
    if (!model.causal_substitute.empty()) {
      lines.push_back(
          fmt::format("{} was scored with {} in the place of its router, which looks at "
                      "later tokens.",
                      model.name, model.causal_substitute));
    }
  }
  if (!c.models.empty()) {
    for (const auto& line : set_notes(c.models[0].sets)) lines.push_back(line);
  }
  for (const auto& [domain, sample] : c.samples) lines.push_back(sample_note(domain, sample));
  for (const auto& [domain, dropped] : c.dropped) lines.push_back(note_of(domain, dropped));
  for (const std::string& note : {unlike_note(c), computed_note(c)}) {
    if (!note.empty()) lines.push_back(note);
  }
  return lines;
}

std::string to_text(const Comparison& c) {
  std::string out;
  for (std::size_t metric = 0; metric < c.metrics.size(); ++metric) {
    out += heading(c, metric) + "\n\n" + aligned(metric_rows(c, metric)) + "\n";
  }
  for (const auto& [title, rows] : set_tables(c)) out += title + "\n\n" + aligned(rows) + "\n";
  for (const auto& note : notes(c)) out += printable(note) + "\n";
  return out;
}

std::string to_markdown(const Comparison& c) {
  std::string out = fmt::format("# {}\n\n", escape_markdown(c.title));
  for (std::size_t metric = 0; metric < c.metrics.size(); ++metric) {
    out += fmt::format("## {}\n\n{}\n", escape_markdown(heading(c, metric)),
                       markdown(metric_rows(c, metric)));
  }
  for (const auto& [title, rows] : set_tables(c)) {
    out += fmt::format("## {}\n\n{}\n", escape_markdown(title), markdown(rows));
  }
  out += markdown_paragraphs(notes(c));
  for (const auto& model : c.models) {
    if (model.routing.empty()) continue;
    out += fmt::format("\n## {}: share of each domain's tokens by expert and layer\n\n{}",
                       escape_markdown(model.name), markdown(routing_rows(model)));
  }
  return out;
}

Value to_value(const Comparison& c) {
  Array models;
  for (const auto& model : c.models) {
    Value row;
    row.set("name", Value(model.name));
    row.set("parameters", Value(model.parameters));
    row.set("active_parameters", Value(model.active_parameters));
    set_cost(row, model.cost);
    row.set("computed", Value(Array(model.computed.begin(), model.computed.end())));
    for (std::size_t metric = 0; metric < c.metrics.size(); ++metric) {
      Value scores;
      for (std::size_t d = 0; d < c.domains.size(); ++d) {
        scores.set(c.domains[d], Value(model.scores[metric][d]));
      }
      scores.set("mean", Value(model.means[metric]));
      row.set(c.metrics[metric], std::move(scores));
    }
    Value sets;
    for (const auto& set : model.sets) sets.set(set.name, scores_value(set));
    row.set("sets", std::move(sets));
    models.push_back(std::move(row));
  }
  Value all;
  all.set("title", Value(c.title));
  all.set("models", Value(std::move(models)));
  return all;
}

}  // namespace btx
