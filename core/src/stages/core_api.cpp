#include "stages/core_api.hpp"

#include "base/program.hpp"

#include <btx/error.hpp>

namespace btx {

const CoreApi& core_api() {
  static const CoreApi* api = [] {
    void* entry = core_symbol(kCoreEntry);
    return reinterpret_cast<const CoreApi* (*)()>(entry)();
  }();
  return *api;
}

}  // namespace btx
