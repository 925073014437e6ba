#include "cli/cli.hpp"

#include <cstdlib>

int main(int argc, char** argv) {
  // All is written and closed by then. To return would have LibTorch take its tables down first,
  // for a tenth of a second or more.
  std::quick_exit(btx::run_command_line(argc, argv));
}
