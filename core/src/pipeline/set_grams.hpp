#pragma once
// What a documents stage knows of the recipe's evaluation sets.

#include "data/decontamination.hpp"
#include "recipe/value.hpp"

namespace btx {

/// The runs of config.split.decontaminate words of the sets in config.sets, out of the files in
/// config.set_files: of every row of a request file, whichever items are scored, the context with
/// its continuation, examples included; of a text set all of it.
/// Throws btx::Error as read_rows() and read_file().
Decontamination decontamination_of(const Value& config);

}  // namespace btx
