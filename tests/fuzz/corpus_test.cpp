// Inputs that libFuzzer found worth keeping (run.sh), once more, with whatever this build checks.
#include "fuzz/targets.hpp"

#include "base/file.hpp"
#include "base/log_level.hpp"

#include <doctest/doctest.h>

namespace fs = std::filesystem;

namespace {

void replay(const char* target, void (*run)(std::string_view)) {
  btx::set_log_level(btx::LogLevel::error);
  int inputs = 0;
  for (const auto& file :
       fs::directory_iterator(BTX_SOURCE_DIR "/tests/fuzz/corpus/" + std::string(target))) {
    CAPTURE(file.path().string());
    CHECK_NOTHROW(run(btx::read_file(file.path())));
    ++inputs;
  }
  btx::set_log_level(btx::LogLevel::info);
  CHECK(inputs > 0);
}

}  // namespace

TEST_CASE("tokenizer_json") {
  replay("tokenizer_json", btx_test::fuzz_tokenizer_json);
}
TEST_CASE("sentencepiece") {
  replay("sentencepiece", btx_test::fuzz_sentencepiece);
}
TEST_CASE("safetensors") {
  replay("safetensors", btx_test::fuzz_safetensors);
}
TEST_CASE("gguf") {
  replay("gguf", btx_test::fuzz_gguf);
}
