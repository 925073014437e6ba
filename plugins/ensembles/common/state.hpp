#pragma once
// The text an ensemble keeps between fit() and restore(): one JSON object that names its writer.

#include <btx/ensemble.hpp>

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace ensembles {

/// A state of ensemble `type` for these members, to be added to.
nlohmann::json new_state(const std::string& type, const std::vector<btx::EnsembleMember>& members);

/// Parses a state and hands it to `read`, with the number of members.
/// Throws btx::Error for text that is not a state of `type`, and for whatever JSON error `read`
/// meets.
void read_state(const std::string& text, const std::string& type,
                const std::function<void(const nlohmann::json&, std::size_t members)>& read);

/// Throws btx::Error (usage) unless `top_k` members can be chosen.
void require_members(std::int64_t top_k, std::size_t members);

/// The indices of the `count` largest values, best first; of equal ones the earlier.
std::vector<std::size_t> largest(const std::vector<double>& values, std::size_t count);

}  // namespace ensembles
