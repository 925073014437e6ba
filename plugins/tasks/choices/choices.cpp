// Multiple choice: the choice that the model finds likeliest, and how well it predicts the right
// one.
#include <btx/plugin.hpp>
#include <btx/task.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

namespace {

/// One item: rows [begin, end), the right one among them.
struct Item {
  std::size_t begin, end, gold;
};

[[noreturn]] void refuse(const btx::EvalRow& row, const std::string& what) {
  throw btx::Error(btx::ExitCode::usage, row.place + ": " + what);
}

/// The idx of the right choice.
std::int64_t gold_of(const btx::EvalRow& row) {
  std::int64_t label = 0;
  const char* end = row.label.data() + row.label.size();
  const auto [stop, error] = std::from_chars(row.label.data(), end, label);
  if (error != std::errc() || stop != end) {
    refuse(row, "'label' needs the idx of the right choice, an integer, got " + row.label);
  }
  return label;
}

std::vector<Item> items_of(const std::vector<btx::EvalRow>& rows) {
  std::vector<Item> items;
  for (std::size_t begin = 0; begin < rows.size();) {
    Item item{begin, begin, rows.size()};
    const std::int64_t gold = gold_of(rows[begin]);
    for (; item.end < rows.size() && rows[item.end].item == rows[begin].item; ++item.end) {
      const auto& row = rows[item.end];
      if (row.continuation.empty())
        refuse(row, "'request.continuation' is missing; it is a choice");
      if (row.context.empty())
        refuse(row, "'request.context' is empty; a choice follows a question");
      if (gold_of(row) != gold) refuse(row, "'label' differs between the choices of an item");
      if (row.choice == gold) item.gold = item.end;
    }
    if (item.end - begin < 2)
      refuse(rows[begin], "an item needs two choices at least, this has one");
    if (item.gold == rows.size()) {
      refuse(rows[begin], "'label' is " + rows[begin].label + ", and no choice has that idx");
    }
    items.push_back(item);
    begin = item.end;
  }
  return items;
}

/// What lengths are counted in: the choice without white space before it.
std::string bare(const std::string& continuation) {
  const std::size_t begin = continuation.find_first_not_of(" \t\n");
  return begin == std::string::npos ? "" : continuation.substr(begin);
}

double characters(const std::string& text) {
  double count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return std::max(1.0, count);
}

class Choices final : public btx::Task {
 public:
  struct Config {
    std::string primary = "accuracy";
    void fields(btx::Fields& f) {
      f("primary", primary, "the accuracy that means are taken of",
        {.choices = {"accuracy", "accuracy_per_char", "accuracy_per_byte"}});
    }
  };

  explicit Choices(const Config& config) : config_(config) {}

  std::vector<btx::Request> requests(const btx::TaskInput& input) const override {
    if (input.rows.empty()) {
      throw btx::Error(btx::ExitCode::usage,
                       "'" + input.name +
                           "' has no rows of a request file; task 'choices' needs a set with "
                           "requests = \"FILE\"");
    }
    items_of(input.rows);
    std::vector<btx::Request> requests;
    for (const auto& row : input.rows) {
      requests.push_back({row.context, row.continuation, 0, {}, row.place});
    }
    return requests;
  }

  std::vector<btx::Score> score(const btx::TaskInput& input,
                                std::span<const btx::Request> /*requests*/,
                                std::span<const btx::Answer> answers) const override {
    const auto& rows = input.rows;
    const auto length = [&](std::size_t row) { return bare(rows[row].continuation); };
    std::vector<btx::Score> scores = {
        accuracy("accuracy", rows, answers, [](std::size_t) { return 1.0; }),
        accuracy("accuracy_per_char", rows, answers,
                 [&](std::size_t row) { return characters(length(row)); }),
        accuracy("accuracy_per_byte", rows, answers,
                 [&](std::size_t row) {
                   return std::max(1.0, static_cast<double>(length(row).size()));
                 }),
        gold_bits(rows, answers)};
    for (auto& score : scores) {
      if (score.metric == config_.primary) std::swap(score, scores[0]);
    }
    return scores;
  }

 private:
  /// The share of items whose right choice has the largest log-likelihood / length; of equals the
  /// first counts as chosen.
  template <class Length>
  static btx::Score accuracy(const char* metric, const std::vector<btx::EvalRow>& rows,
                             std::span<const btx::Answer> answers, const Length& length) {
    btx::Score score{metric, 0, false, {}, {}};
    for (const auto& item : items_of(rows)) {
      std::size_t best = item.begin;
      double most = -std::numeric_limits<double>::infinity();
      for (std::size_t row = item.begin; row < item.end; ++row) {
        const double value = answers[row].log_likelihood / length(row);
        if (value <= most) continue;
        most = value;
        best = row;
      }
      score.numerator.push_back(best == item.gold ? 1 : 0);
      score.denominator.push_back(1);
    }
    return with_value(std::move(score));
  }

  static btx::Score gold_bits(const std::vector<btx::EvalRow>& rows,
                              std::span<const btx::Answer> answers) {
    btx::Score score{"bits_per_byte", 0, true, {}, {}};
    for (const auto& item : items_of(rows)) {
      score.numerator.push_back(-answers[item.gold].log_likelihood / std::log(2.0));
      score.denominator.push_back(static_cast<double>(rows[item.gold].continuation.size()));
    }
    return with_value(std::move(score));
  }

  static btx::Score with_value(btx::Score score) {
    score.value = std::accumulate(score.numerator.begin(), score.numerator.end(), 0.0) /
                  std::accumulate(score.denominator.begin(), score.denominator.end(), 0.0);
    return score;
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("choices", "0.1.0", registrar) {
  registrar.add<btx::Task, Choices>("choices", "accuracy of multiple choice by log-likelihood");
}
