#include <btx/error.hpp>
#include <btx/params.hpp>

namespace btx {

Error::Error(ExitCode code, const std::string& message)
    : std::runtime_error(message), code_(code) {}
Error::~Error() = default;

FieldVisitor::~FieldVisitor() = default;

}  // namespace btx
