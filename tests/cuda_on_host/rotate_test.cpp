// The rotary embedding of heads wherever they lie.
#include "cuda_on_host/support.hpp"

namespace {

using namespace cuda_test;
using btx::cuda::Heads;

struct Shape {
  Index sequences, tokens, heads, kv_heads, width;
  Index all() const { return heads + 2 * kv_heads; }
  Index rows() const { return sequences * tokens; }
};
const Shape kShapes[] = {{0, 4, 2, 1, 8},    {2, 0, 2, 1, 8},  {1, 1, 1, 1, 2},   {2, 3, 3, 1, 8},
                         {1, 257, 2, 1, 16}, {3, 4, 1, 1, 64}, {2, 5, 0, 1, 128}, {2, 5, 3, 0, 32},
                         {2, 2, 32, 8, 128}, {1, 6, 1, 1, 6},  {2, 3, 4, 2, 20}};

/// How q, k and v lie in memory.
enum class Lie {
  beside,    ///< as parts of one array [B, T, H + 2G, d]
  by_token,  ///< each [B, T, heads, d]
  by_head,   ///< each [B, heads, T, d]
  padded,    ///< each [B, T, heads, d + 3], so that rows are at odd places
};

struct Angles {
  Floats cosine, sine;
  Angles(const Shape& of, Index shift)
      : cosine(floats(random_values(of.tokens * of.width / 2, 2), shift)),
        sine(floats(random_values(of.tokens * of.width / 2, 3), shift)) {}
};

/// Where the elements of one part are that begins `first` elements into its array.
Heads heads_at(void* data, const Shape& of, Index heads, Lie lie) {
  if (lie == Lie::beside)
    return {data, of.tokens * of.all() * of.width, of.all() * of.width, of.width};
  if (lie == Lie::by_head)
    return {data, heads * of.tokens * of.width, of.width, of.tokens * of.width};
  const Index row = of.width + (lie == Lie::padded ? 3 : 0);
  return {data, of.tokens * heads * row, heads * row, row};
}

/// The part that begins with head `first` of `values` [B, T, H + 2G, d], laid out anew.
Values part_of(const Values& values, const Shape& of, Index first, Index heads, Lie lie) {
  const Heads to = heads_at(nullptr, of, heads, lie);
  Values part(at(of.rows() * heads * (of.width + 3)), 1e9);
  for (Index row = 0; row < of.rows(); ++row) {
    for (Index head = 0; head < heads; ++head) {
      for (Index i = 0; i < of.width; ++i) {
        part[at(row / of.tokens * to.sequence + row % of.tokens * to.token + head * to.head + i)] =
            values[at((row * of.all() + first + head) * of.width + i)];
      }
    }
  }
  return part;
}

/// missing: the part that is none, or 3.
Typed rotated(Type type, const Shape& of, Index shift, bool inverse, Lie lie, int missing) {
  const Values values = random_values(of.rows() * of.all() * of.width, 1);
  const Index heads[] = {of.heads, of.kv_heads, of.kv_heads};
  std::vector<Typed> arrays;
  Heads parts[3];
  Index first = 0;
  for (int i = 0; i < 3; ++i) {
    const Values mine = lie == Lie::beside ? values : part_of(values, of, first, heads[i], lie);
    arrays.emplace_back(type, mine, shift);
    char* data = static_cast<char*>(arrays.back().data());
    if (lie == Lie::beside) data += first * of.width * (type == Type::float32 ? 4 : 2);
    parts[i] = heads_at(i == missing ? nullptr : data, of, heads[i], lie);
    first += heads[i];
  }
  Angles angles(of, shift);
  Typed out(type, of.rows() * of.all() * of.width, shift);
  CHECK(btx_cuda_rotate(nullptr, type, parts[0], parts[1], parts[2], of.sequences, of.tokens,
                        of.heads, of.kv_heads, of.width, angles.cosine.data(), angles.sine.data(),
                        inverse, out.data()) == 0);
  return out;
}

/// A row of a head turned in place.
void turn(double* row, Index half, const Values& cosine, const Values& sine, Index angle,
          bool back) {
  for (Index i = 0; i < half; ++i) {
    const double c = cosine[at(angle + i)], s = back ? -sine[at(angle + i)] : sine[at(angle + i)];
    const double low = row[i], high = row[half + i];
    row[i] = low * c - high * s;
    row[half + i] = high * c + low * s;
  }
}

Values formula(Type type, const Shape& of, bool inverse, int missing) {
  const Index half = of.width / 2;
  Values x = Typed(type, random_values(of.rows() * of.all() * of.width, 1)).values();
  Angles angles(of, 0);
  const Values cosine = wide(angles.cosine), sine = wide(angles.sine);
  for (Index row = 0; row < of.rows(); ++row) {
    for (Index head = 0; head < of.all(); ++head) {
      double* mine = x.data() + (row * of.all() + head) * of.width;
      const int part = head < of.heads ? 0 : head < of.heads + of.kv_heads ? 1 : 2;
      if (part < 2) turn(mine, half, cosine, sine, row % of.tokens * half, inverse);
      if (part == missing) std::fill(mine, mine + of.width, 0.0);
    }
  }
  return x;
}

TEST_CASE("rotate, and back, of heads wherever they lie") {
  for_each_kind([&](Type type, Index shift) {
    for (const Shape& of : kShapes) {
      for (const Lie lie : {Lie::beside, Lie::by_token, Lie::by_head, Lie::padded}) {
        CAPTURE(of.heads);
        CAPTURE(of.width);
        CAPTURE(static_cast<int>(lie));
        const bool inverse = lie != Lie::beside;
        const Typed got = in_both_orders([&] { return rotated(type, of, shift, inverse, lie, 3); });
        CHECK(difference(got.values(), formula(type, of, inverse, 3)) < tolerance(type));
        if (lie == Lie::padded) continue;
        CHECK(got == rotated(type, of, shift, inverse, Lie::padded, 3));
      }
    }
  });
}

TEST_CASE("queries, keys or values that are none count as zeros") {
  const Shape of{2, 3, 4, 2, 16};
  for_each_kind([&](Type type, Index shift) {
    for (const int missing : {0, 1, 2}) {
      const auto run = [&] { return rotated(type, of, shift, true, Lie::by_token, missing); };
      CHECK(difference(in_both_orders(run).values(), formula(type, of, true, missing)) <
            tolerance(type));
    }
  });
}

TEST_CASE("rotate in place") {
  const Shape of{2, 5, 3, 1, 24};
  for_each_kind([&](Type type, Index shift) {
    Typed x(type, random_values(of.rows() * of.all() * of.width, 1), shift);
    Angles angles(of, shift);
    const Index head = of.width * (type == Type::float32 ? 4 : 2);
    char* data = static_cast<char*>(x.data());
    const auto part = [&](Index first) {
      return heads_at(data + first * head, of, 0, Lie::beside);
    };
    CHECK(btx_cuda_rotate(nullptr, type, part(0), part(3), part(4), of.sequences, of.tokens,
                          of.heads, of.kv_heads, of.width, angles.cosine.data(), angles.sine.data(),
                          false, data) == 0);
    CHECK(x == rotated(type, of, shift, false, Lie::beside, 3));
  });
}

}  // namespace
