// The comparison as text: a table for a terminal, Markdown, JSON.
#include "base/text.hpp"
#include "report/comparison.hpp"
#include "report/text_table.hpp"

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
  for (const char* name :
       {"mean", "params", "active", "train tokens", "train FLOPs", "train time"}) {
    rows[0].emplace_back(name);
  }
  for (std::size_t i = 0; i < c.models.size(); ++i) {
    const ModelRow& model = c.models[i];
    auto& row = rows.emplace_back();
    row.push_back(model.name);
    for (std::size_t d = 0; d < c.domains.size(); ++d) {
      row.push_back(cell(model.scores[metric][d], c.best(metric, d) == i));
    }
    row.push_back(cell(model.means[metric], c.best(metric, c.domains.size()) == i));
    row.push_back(format_count(static_cast<double>(model.parameters)));
    row.push_back(format_count(model.active_parameters));
    row.push_back(format_count(model.cost.tokens));
    row.push_back(fmt::format("{:.3g}", model.cost.flops));
    row.push_back(format_seconds(model.cost.seconds));
  }
  return rows;
}

TextRows routing_rows(const ModelRow& model) {
  TextRows rows = {{"domain", "layer"}};
  rows[0].insert(rows[0].end(), model.experts.begin(), model.experts.end());
  for (const auto& table : model.routing) {
    for (std::size_t layer = 0; layer < table.layers.size(); ++layer) {
      auto& row = rows.emplace_back(std::vector<std::string>{table.domain, table.layers[layer]});
      for (const double share : table.shares[layer])
        row.push_back(fmt::format("{:.1f} %", 100 * share));
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
  if (model.match == "data") {
    return fmt::format("{} tokens against {} {}", format_count(own.tokens),
                       format_count(other.tokens), share(own.tokens, other.tokens));
  }
  if (model.match == "flops") {
    return fmt::format("{:.3g} FLOPs against {:.3g} {}", own.flops, other.flops,
                       share(own.flops, other.flops));
  }
  return fmt::format("{} against {} {}", format_seconds(own.seconds), format_seconds(other.seconds),
                     share(own.seconds, other.seconds));
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

std::vector<std::string> notes(const Comparison& c) {
  std::vector<std::string> lines = {
      "Training tokens, FLOPs and time of a model are those of every training stage it rests on "
      "but "
      "the seed's."};
  for (const auto& model : c.models) {
    if (model.match != "none") {
      lines.push_back(fmt::format("{} is matched with experts and finetuning by {}: {}.",
                                  model.name, model.match, match_note(model)));
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
  for (const auto& [domain, count] : c.left_out) {
    lines.push_back(fmt::format(
        "{} test documents of {} were left out, as another domain trains on their text.", count,
        domain));
  }
  for (const auto& dropped : c.dropped) lines.push_back(note_of(dropped));
  return lines;
}

std::string to_text(const Comparison& c) {
  std::string out;
  for (std::size_t metric = 0; metric < c.metrics.size(); ++metric) {
    out += heading(c, metric) + "\n\n" + aligned(metric_rows(c, metric)) + "\n";
  }
  for (const auto& [title, rows] : set_tables(c)) out += title + "\n\n" + aligned(rows) + "\n";
  return out + join(notes(c), "\n") + "\n";
}

std::string to_markdown(const Comparison& c) {
  std::string out = fmt::format("# {}\n\n", c.title);
  for (std::size_t metric = 0; metric < c.metrics.size(); ++metric) {
    out += fmt::format("## {}\n\n{}\n", heading(c, metric), markdown(metric_rows(c, metric)));
  }
  for (const auto& [title, rows] : set_tables(c)) {
    out += fmt::format("## {}\n\n{}\n", title, markdown(rows));
  }
  out += join(notes(c), "\n\n") + "\n";
  for (const auto& model : c.models) {
    if (model.routing.empty()) continue;
    out += fmt::format("\n## {}: share of each domain's tokens by expert and layer\n\n{}",
                       model.name, markdown(routing_rows(model)));
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
    row.set("train_tokens", Value(model.cost.tokens));
    row.set("train_flops", Value(model.cost.flops));
    row.set("train_seconds", Value(model.cost.seconds));
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
