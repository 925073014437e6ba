#pragma once
// Texts as vectors of weighted words.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ensembles {

/// Word to number.
using Vector = std::map<std::string, double>;

/// How often each word occurs: runs of letters, lower-cased. Letters are those of ASCII and every
/// byte of other characters, whose case stays as it is.
Vector count_words(std::string_view text);

/// Words and their weights, ln((1 + documents) / (1 + documents with the word)) + 1, of the
/// `max_terms` words that most documents have (0: all); of equally frequent ones the first in
/// order of bytes.
Vector inverse_document_frequencies(const std::vector<std::vector<std::string>>& documents,
                                    std::size_t max_terms);

/// The counts of known words times their weights, of Euclidean length 1; empty where none is known.
Vector weigh(const Vector& counts, const Vector& weights);

/// The sum over words that both have.
double dot(const Vector& a, const Vector& b);
/// Makes it as long as 1, unless it is 0.
void normalise(Vector& vector);

}  // namespace ensembles
