#include "base/text.hpp"

#include <doctest/doctest.h>

TEST_CASE("the nearest name is proposed, and nothing when none is near") {
  CHECK(btx::did_you_mean("warmup_step", {"lr", "warmup_steps"}) ==
        "; did you mean 'warmup_steps'?");
  CHECK(btx::did_you_mean("zzz", {"lr", "warmup_steps"}).empty());
}

TEST_CASE("UTF-8 is told from other bytes") {
  CHECK(btx::find_invalid_utf8("plain, \u00e9, \u20ac, \U0001F600") == std::string_view::npos);
  CHECK(btx::find_invalid_utf8("ab\xff") == 2);
  CHECK(btx::find_invalid_utf8("\xc0\xaf") == 0);          // overlong
  CHECK(btx::find_invalid_utf8("a\xed\xa0\x80") == 1);     // surrogate
  CHECK(btx::find_invalid_utf8("\xf4\x90\x80\x80") == 0);  // beyond U+10FFFF
  CHECK(btx::find_invalid_utf8("ab\xe2\x82") == 2);        // cut short
  CHECK(btx::find_invalid_utf8(std::string_view("a\0b", 3)) ==
        std::string_view::npos);  // NUL is a character
}

TEST_CASE("globs match like a shell's") {
  CHECK(btx::glob_match("*", ""));
  CHECK(btx::glob_match("model.layers.*.mlp.*", "model.layers.3.mlp.up_proj.weight"));
  CHECK(btx::glob_match("a?c", "abc"));
  CHECK_FALSE(btx::glob_match("a?c", "abbc"));
  CHECK_FALSE(btx::glob_match("*.bias", "w.bias.x"));
  CHECK(btx::glob_match("*ab*ab", "abxabab"));
}

TEST_CASE("quantities read as people write them") {
  CHECK(btx::format_bytes(512) == "512 B");
  CHECK(btx::format_bytes(3.5 * 1024 * 1024) == "3.5 MiB");
  CHECK(btx::format_count(1500000) == "1.50M");
  CHECK(btx::format_seconds(65) == "1m 05s");
}
