#include "cli/cli.hpp"

int main(int argc, char** argv) {
  return btx::run_command_line(argc, argv);
}
