#include "tfidf/terms.hpp"

#include <algorithm>
#include <cmath>

namespace ensembles {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Vector count_words(std::string_view text) {
  Vector counts;
  std::string word;
  for (const char c : text) {
    if (is_letter(c)) {
      word += lower(c);
    } else if (!word.empty()) {
      ++counts[word];
      word.clear();
    }
  }
  if (!word.empty()) ++counts[word];
  return counts;
}

Vector inverse_document_frequencies(const std::vector<std::vector<std::string>>& documents,
                                    std::size_t max_terms) {
  double total = 0;
  Vector frequencies;
  for (const auto& group : documents) {
    for (const auto& document : group) {
      ++total;
      for (const auto& [word, count] : count_words(document)) ++frequencies[word];
    }
  }
  std::vector<std::pair<std::string, double>> terms(frequencies.begin(), frequencies.end());
  if (max_terms > 0 && terms.size() > max_terms) {
    std::stable_sort(terms.begin(), terms.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    terms.resize(max_terms);
  }
  Vector weights;
  for (const auto& [word, count] : terms) weights[word] = std::log((1 + total) / (1 + count)) + 1;
  return weights;
}

Vector weigh(const Vector& counts, const Vector& weights) {
  Vector vector;
  for (const auto& [word, count] : counts) {
    const auto found = weights.find(word);
    if (found != weights.end()) vector[word] = count * found->second;
  }
  normalise(vector);
  return vector;
}

double dot(const Vector& a, const Vector& b) {
  const Vector& shorter = a.size() < b.size() ? a : b;
  const Vector& longer = a.size() < b.size() ? b : a;
  double sum = 0;
  for (const auto& [word, value] : shorter) {
    const auto found = longer.find(word);
    if (found != longer.end()) sum += value * found->second;
  }
  return sum;
}

void normalise(Vector& vector) {
  const double length = std::sqrt(dot(vector, vector));
  if (length == 0) return;
  for (auto& [word, value] : vector) value /= length;
}

}  // namespace ensembles
