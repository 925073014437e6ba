#pragma once
// The three parts of a domain's documents.

namespace btx {

enum class Split { train, dev, test };

}  // namespace btx
