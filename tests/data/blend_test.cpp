#include "data/held_source.hpp"

#include "data/blend.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <set>

using namespace btx;
using namespace btx_test;

namespace {

/// A token file of the tokens 0, 1, 2, ..., which say where a sequence comes from.
TokenFile counting(const std::string& name, std::int64_t size) {
  std::string data;
  for (std::int64_t i = 0; i < size; ++i) {
    data.push_back(static_cast<char>(i & 0xff));
    data.push_back(static_cast<char>(i >> 8));
  }
  std::string trailer = fmt::format(
      R"({{"version":1,"dtype":"u16","tokens":{},"documents":1,"text_bytes":1,"vocab_size":65536}})",
      size);
  trailer.resize(255, ' ');
  const fs::path path = scratch("blend-" + name) / "tokens";
  write_file(path, data + trailer + "\n");
  return TokenFile(path);
}

struct Drawn {
  std::size_t domain;
  std::vector<std::int64_t> tokens;
  bool operator==(const Drawn&) const = default;
};

Drawn draw(DataBlend& blend, std::int64_t index, std::size_t length) {
  std::vector<std::int64_t> tokens(length + 1);
  const std::size_t domain = blend.sequence(index, tokens);
  return {domain, tokens};
}

}  // namespace

// What a matched baseline reads: every sequence of the experts once, each expert's in its order.
TEST_CASE("replayed streams are read whole, side by side, whatever their domains") {
  const TokenFile a = counting("replay-a", 400), b = counting("replay-b", 900);
  const std::vector<BlendDomain> first = {{"a", &a, 1}, {"b", &b, 0}};
  const std::vector<BlendDomain> second = {{"a", &a, 1}, {"b", &b, 3}};
  ReplayedBlend both({{first, 30, 5}, {second, 70, 6}}, 8);
  DataBlend one(first, 8, 5), other(second, 8, 6);
  std::int64_t from_one = 0, from_other = 0;
  for (std::int64_t s = 0; s < 100; ++s) {
    std::vector<std::int64_t> tokens(9);
    const Drawn drawn{both.sequence(s, tokens), tokens};
    if (from_one < 30 && drawn == draw(one, from_one, 8)) {
      ++from_one;
    } else {
      CHECK(drawn == draw(other, from_other++, 8));
    }
    CHECK(std::abs(static_cast<double>(from_one) - 0.3 * static_cast<double>(s + 1)) <= 1);
  }
  CHECK(from_one == 30);
  CHECK(from_other == 70);
}

TEST_CASE("each domain has its share to within one sequence at any point") {
  const TokenFile tokens = counting("shares", 100);
  std::mt19937 random(3);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<BlendDomain> domains(2 + random() % 7, {"a", &tokens, 0});
    double total = 0;
    for (auto& domain : domains) {
      domain.weight = std::pow(static_cast<double>(1 + random() % 1000), 1 + random() % 3);
      total += domain.weight;
    }
    DataBlend blend(domains, 8, 1);
    std::vector<double> drawn(domains.size(), 0);
    for (std::int64_t s = 0; s < 300; ++s) {
      ++drawn[draw(blend, s, 8).domain];
      for (std::size_t i = 0; i < domains.size(); ++i) {
        const double share = domains[i].weight / total * static_cast<double>(s + 1);
        REQUIRE(std::abs(drawn[i] - share) < 1 + 1e-9);
      }
    }
  }
}

TEST_CASE("an even mix takes turns, and a weight of 0 is never drawn") {
  const TokenFile tokens = counting("turns", 100), none = counting("none", 0);
  DataBlend blend({{"a", &tokens, 2}, {"no", &none, 0}, {"b", &tokens, 2}, {"c", &tokens, 2}}, 8,
                  1);
  for (std::int64_t s = 0; s < 300; ++s) {
    CHECK(draw(blend, s, 8).domain ==
          std::vector<std::size_t>{0, 2, 3}[static_cast<std::size_t>(s % 3)]);
  }
}

TEST_CASE("an epoch visits each window once, in an order of its own") {
  const TokenFile tokens = counting("epochs", 10 * 8 + 5);  // 10 windows and a rest
  DataBlend blend({{"a", &tokens, 1}}, 8, 7);
  std::vector<std::vector<std::int64_t>> orders;
  for (std::int64_t epoch = 0; epoch < 4; ++epoch) {
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < 10; ++i) {
      const auto drawn = draw(blend, epoch * 10 + i, 8).tokens;
      for (std::size_t k = 0; k < 9; ++k)
        CHECK(drawn[k] == drawn[0] + static_cast<std::int64_t>(k));
      order.push_back(drawn[0]);
    }
    const std::set<std::int64_t> distinct(order.begin(), order.end());
    CHECK(distinct.size() == 10);
    CHECK(*distinct.rbegin() == 72);
    orders.push_back(order);
  }
  CHECK(orders[0] != orders[1]);
  CHECK(orders[1] != orders[2]);
}

TEST_CASE("a sequence is a function of its number, from wherever one comes") {
  const TokenFile a = counting("a", 1000), b = counting("b", 300);
  const std::vector<BlendDomain> domains = {{"a", &a, 0.7}, {"b", &b, 0.3}};
  DataBlend in_order(domains, 16, 5);
  std::vector<Drawn> expected;
  for (std::int64_t s = 0; s < 200; ++s) expected.push_back(draw(in_order, s, 16));
  DataBlend jumping(domains, 16, 5);
  for (const std::int64_t s : {150, 3, 3, 199, 0, 77, 78}) {
    CHECK(draw(jumping, s, 16) == expected[static_cast<std::size_t>(s)]);
  }
  DataBlend other(domains, 16, 6);
  int same = 0;
  for (std::int64_t s = 0; s < 200; ++s)
    same += draw(other, s, 16) == expected[static_cast<std::size_t>(s)];
  CHECK(same < 40);
}

TEST_CASE("adding a domain leaves the order of the others alone") {
  const TokenFile a = counting("a", 1000), b = counting("b", 1000);
  DataBlend alone({{"a", &a, 1}}, 16, 5), both({{"a", &a, 1}, {"b", &b, 1}}, 16, 5);
  for (std::int64_t s = 0; s < 50; ++s)
    CHECK(draw(alone, s, 16).tokens == draw(both, 2 * s, 16).tokens);
}

TEST_CASE("what cannot be mixed is refused by name") {
  const TokenFile tokens = counting("short", 8);
  const auto error = [&](double weight, std::int64_t length) {
    return error_of([&] { DataBlend({{"maths", &tokens, weight}}, length, 1); });
  };
  CHECK(contains(error(1, 8), "domain 'maths' has 8 tokens, fewer than one sequence needs (9)"));
  CHECK(error(1, 7).empty());
  CHECK(contains(error(-1, 4), "domain 'maths': its weight must be"));
  CHECK(contains(error(std::nan(""), 4), "domain 'maths': its weight must be"));
  CHECK(error(0, 4) == "no domain has a weight above 0");
}
