// JSON files with a digest of their own.
#include "config/sealed_json.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace btx;
using namespace btx_test;

TEST_CASE("a sealed file reads back as it was written, whatever its numbers") {
  const auto file = scratch("sealed") / "state.json";
  Value table;
  table.set("whole", Value(2.0));
  table.set("tiny", Value(5e-324));
  table.set("infinite", Value(-std::numeric_limits<double>::infinity()));
  table.set("count", Value(std::int64_t{1} << 62));
  table.set("text", Value("a\n\"b\""));
  table.set("rows", Value(Array{Value(0.1), Value(Table{})}));
  write_sealed_json(file, table);
  const Value read = read_sealed_json(file);
  CHECK(to_json(read) == to_json(table));
  CHECK(read.find("digest") == nullptr);
}

TEST_CASE("any number or name that rots is found") {
  const auto file = scratch("sealed-rot") / "state.json";
  Value table;
  table.set("step", Value(std::int64_t{120}));
  table.set("loss", Value(2.5));
  write_sealed_json(file, table);
  const std::string good = read_file(file);
  for (const auto& [from, to] : {std::pair{"120", "121"}, {"2.5", "2.4"}, {"step", "stop"}}) {
    std::string bad = good;
    bad.replace(bad.find(from), std::string(from).size(), to);
    write_file(file, bad);
    CHECK(contains(error_of([&] { read_sealed_json(file); }), "state.json has changed"));
  }
  write_file(file, R"({"step":120})");  // as earlier versions wrote it
  CHECK(read_sealed_json(file).at("step").as<std::int64_t>() == 120);
}
