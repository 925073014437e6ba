#include "config/quantity.hpp"

#include <doctest/doctest.h>

using btx::parse_quantity;
using btx::Unit;

TEST_CASE("tokens count in powers of 1000") {
  CHECK(parse_quantity("20M", Unit::tokens) == 20'000'000);
  CHECK(parse_quantity("1.5K", Unit::tokens) == 1500);
  CHECK(parse_quantity("2G", Unit::tokens) == 2'000'000'000);
  CHECK(parse_quantity("2B", Unit::tokens) == 2'000'000'000);
  CHECK(parse_quantity("1.1T", Unit::tokens) == 1'100'000'000'000);
  CHECK(parse_quantity("512", Unit::tokens) == 512);
  CHECK(parse_quantity("0.000001M", Unit::tokens) == 1);
}

TEST_CASE("bytes count in powers of 1024 and of 1000") {
  CHECK(parse_quantity("512MiB", Unit::bytes) == 512LL * 1024 * 1024);
  CHECK(parse_quantity("1.5KiB", Unit::bytes) == 1536);
  CHECK(parse_quantity("2GiB", Unit::bytes) == 2LL << 30);
  CHECK(parse_quantity("1TiB", Unit::bytes) == 1LL << 40);
  CHECK(parse_quantity("100MB", Unit::bytes) == 100'000'000);
  CHECK(parse_quantity("64B", Unit::bytes) == 64);
}

TEST_CASE("what is ambiguous, not whole or too large is not a quantity") {
  for (const char* bad : {"", "K", ".5K", "5.K", "1..5K", "1.2.3K", "-5M", "+5M", "5 M", "5m",
                          "1.2345K", "1.5", "1e6", "9999999999T", "99999999999999999999", "5MB"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_quantity(bad, Unit::tokens));
  }
  CHECK_FALSE(parse_quantity("4K", Unit::bytes));
  CHECK_FALSE(parse_quantity("1.3KiB", Unit::bytes));
}
