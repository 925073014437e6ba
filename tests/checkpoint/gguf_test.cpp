// GGUF files written here, byte by byte, and what is wrong with others.
#include "checkpoint/gguf/gguf.hpp"
#include "checkpoint/allocation_watch.hpp"
#include "checkpoint/gguf/gguf_model.hpp"
#include "checkpoint/gguf_writer.hpp"
#include "checkpoint/model_folder.hpp"
#include "model_spec/layout.hpp"
#include "support.hpp"
#include "tiny_model.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <random>

using namespace btx;
using namespace btx_test;
using Writer = GgufWriter;

namespace {

using More = std::function<void(Writer&)>;

/// `fields` more metadata are added by `more`.
Writer header_of(const ModelConfig& c, std::uint64_t tensors, const std::string& architecture,
                 std::uint64_t fields = 0, const More& more = {}) {
  Writer w;
  w.header(tensors, 9 + fields)
      .field("general.architecture", architecture)
      .field("llama.embedding_length", static_cast<std::uint32_t>(c.hidden_size))
      .field("llama.block_count", static_cast<std::uint32_t>(c.num_layers))
      .field("llama.attention.head_count", static_cast<std::uint32_t>(c.num_heads))
      .field("llama.attention.head_count_kv", static_cast<std::uint32_t>(c.num_kv_heads))
      .field("llama.feed_forward_length", static_cast<std::uint32_t>(c.ffn_size))
      .field("llama.context_length", static_cast<std::uint32_t>(c.context))
      .field("llama.rope.freq_base", static_cast<float>(c.rope_theta))
      .field("llama.attention.layer_norm_rms_epsilon", 0.25F);
  if (more) more(w);
  return w;
}

/// Numbers of a tensor by its Hugging Face name; Q and K rows are turned as llama.cpp's converter
/// does: row (head, j, s) of the file is row (head, s, j) of the model.
Writer model_file(const ModelConfig& c, const std::string& architecture = "llama",
                  std::uint64_t fields = 0, const More& more = {},
                  const std::vector<float>& divisors = {}) {
  const auto tensors = tensor_layout(c);
  Writer w = header_of(c, tensors.size() + (divisors.empty() ? 0 : 1), architecture, fields, more);
  std::uint64_t offset = 0;
  const auto aligned = [](std::uint64_t bytes) { return (bytes + 31) / 32 * 32; };
  if (!divisors.empty()) {
    w.tensor("rope_freqs.weight", {std::ssize(divisors)}, 0, offset);
    offset += aligned(divisors.size() * 4);
  }
  for (const auto& info : tensors) {
    w.tensor(gguf_name(info.name), info.shape, 0, offset);
    offset += aligned(static_cast<std::uint64_t>(info.elements()) * 4);
  }
  w.pad();
  for (const float divisor : divisors) w.raw(divisor);
  w.pad();
  const auto numbers = random_numbers(3);
  for (const auto& info : tensors) {
    const bool turned =
        info.name.ends_with("q_proj.weight") || info.name.ends_with("k_proj.weight");
    const auto width = info.shape.back();
    for (std::int64_t i = 0; i < info.elements(); ++i) {
      std::int64_t from = i;
      if (turned) {
        const std::int64_t row = i / width, in_head = row % c.head_dim, half = c.head_dim / 2;
        from = (row - in_head + in_head % 2 * half + in_head / 2) * width + i % width;
      }
      w.raw(numbers(info.name, static_cast<std::uint64_t>(from)));
    }
    w.pad();
  }
  return w;
}

ModelConfig wide_config() {
  ModelConfig c = tiny_config();
  c.hidden_size = 8;
  c.head_dim = 4;
  c.rope_theta = 500;
  return c;
}

}  // namespace

TEST_CASE("a model comes back under Hugging Face's names, Q and K in its order") {
  for (const bool tied : {true, false}) {
    ModelConfig c = wide_config();
    c.tie_embeddings = tied;
    const GgufModel model(model_file(c).save("model"));
    CHECK(model.config().hidden_size == 8);
    CHECK(model.config().head_dim == 4);
    CHECK(model.config().vocab_size == c.vocab_size);
    CHECK(model.config().rope_theta == 500.0);
    CHECK(model.config().rms_norm_eps == 0.25);
    CHECK(model.config().tie_embeddings == tied);
    const fs::path folder = scratch("gguf-as-folder");
    write_safetensors(model, folder / "model.safetensors");
    write_file(folder / "config.json", config_to_json(model.config(), {false, 1}));
    const ModelFolder written(folder);
    const auto numbers = random_numbers(3);
    for (const auto& info : tensor_layout(c)) {
      const auto values = read_tensor(written, info.name);
      bool same = true;
      for (std::size_t i = 0; i < values.size(); ++i)
        same = same && values[i] == numbers(info.name, i);
      CHECK_MESSAGE(same, info.name);
    }
  }
}

namespace {

/// The model's tensors in two files, every second one in each; metadata but for the split's are in
/// the first.
fs::path split_files(const ModelConfig& c, const fs::path& folder) {
  const auto tensors = tensor_layout(c);
  const auto numbers = random_numbers(3);
  for (std::uint32_t part = 0; part < 2; ++part) {
    std::vector<TensorInfo> mine;
    for (std::size_t i = part; i < tensors.size(); i += 2) mine.push_back(tensors[i]);
    const More split = [&](Writer& w) {
      w.field("split.no", part).field("split.count", std::uint32_t{2});
      w.field("split.tensors.count", static_cast<std::uint32_t>(tensors.size()));
    };
    Writer w;
    if (part == 0) w = header_of(c, mine.size(), "llama", 3, split);
    if (part == 1) {
      w.header(mine.size(), 3);
      split(w);
    }
    std::uint64_t offset = 0;
    for (const auto& info : mine) {
      w.tensor(gguf_name(info.name), info.shape, 0, offset);
      offset += (static_cast<std::uint64_t>(info.elements()) * 4 + 31) / 32 * 32;
    }
    w.pad();
    for (const auto& info : mine) {
      for (std::int64_t i = 0; i < info.elements(); ++i) {
        w.raw(numbers(info.name, static_cast<std::uint64_t>(i)));
      }
      w.pad();
    }
    write_file(folder / fmt::format("m-0000{}-of-00002.gguf", part + 1), w.text());
  }
  return folder;
}

}  // namespace

TEST_CASE("a model in several files is read from any of them") {
  const ModelConfig c = wide_config();
  const fs::path folder = split_files(c, scratch("gguf-split"));
  for (const char* name : {"m-00001-of-00002.gguf", "m-00002-of-00002.gguf"}) {
    CHECK(gguf_parts(folder / name) ==
          std::vector{folder / "m-00001-of-00002.gguf", folder / "m-00002-of-00002.gguf"});
    const GgufModel model(folder / name);
    CHECK(model.config().hidden_size == c.hidden_size);
    for (const auto& info : tensor_layout(c)) {
      if (contains(info.name, "q_proj") || contains(info.name, "k_proj")) continue;  // turned
      std::vector<float> row(static_cast<std::size_t>(info.shape.back()));
      model.read_row(info.name, 0, row);
      CHECK(row[1] == random_numbers(3)(info.name, 1));
    }
  }
  fs::rename(folder / "m-00001-of-00002.gguf", folder / "m-00001-of-00002.gone");
  CHECK(contains(error_of([&] { gguf_parts(folder / "m-00002-of-00002.gguf"); }),
                 "is file 2 of 2 of a split model, and m-00001-of-00002.gguf is not beside it"));
  fs::rename(folder / "m-00002-of-00002.gguf", folder / "second.gguf");
  CHECK(contains(error_of([&] { gguf_parts(folder / "second.gguf"); }),
                 "its name has to end in -00002-of-00002.gguf"));
}

TEST_CASE("a file is GGUF by its first bytes, whatever it is called") {
  const fs::path folder = scratch("gguf-named");
  const ModelConfig c = wide_config();
  fs::copy_file(model_file(c).save("named"), folder / "sha256-0123");
  CHECK(is_gguf(folder / "sha256-0123"));
  CHECK(GgufModel(folder / "sha256-0123").config().hidden_size == c.hidden_size);
  write_file(folder / "short", "GGU");
  CHECK_FALSE(is_gguf(folder / "short"));
  CHECK_FALSE(is_gguf(folder));
}

TEST_CASE("texts end in the tokens of a document's, a turn's and a message's end") {
  const auto ends = [](std::uint32_t turn) {
    return GgufModel(model_file(wide_config(), "llama", 2,
                                [&](Writer& w) {
                                  w.field("tokenizer.ggml.eos_token_id", std::uint32_t{2});
                                  w.field("tokenizer.ggml.eot_token_id", turn);
                                })
                         .save("ends"))
        .config()
        .special_tokens.eos;
  };
  CHECK(ends(7) == std::vector<std::int64_t>{2, 7});
  CHECK(ends(2) == std::vector<std::int64_t>{2});
}

TEST_CASE("a number of a GGUF file that is none is named with its tensor") {
  std::string text = model_file(wide_config()).text();
  const float bad = NAN;
  std::memcpy(text.data() + text.size() - 32, &bad, sizeof bad);
  const fs::path file = scratch("gguf-nan") / "m.gguf";
  write_file(file, text);
  const std::string last = tensor_layout(wide_config()).back().name;
  const GgufModel model(file);
  CHECK(contains(error_of([&] { write_safetensors(model, file.parent_path() / "out"); }),
                 "tensor '" + gguf_name(last) + "' ('" + last + "') has NaN"));
}

TEST_CASE("linear scaling of the rotary embedding is read, another kind refused by name") {
  const ModelConfig c = wide_config();
  const auto scaled = [&](const std::string& type, std::uint64_t fields = 2) {
    return model_file(c, "llama", fields, [&](Writer& w) {
      w.field("llama.rope.scaling.type", type);
      if (fields == 2) w.field("llama.rope.scaling.factor", 4.0F);
    });
  };
  const GgufModel linear(scaled("linear").save("linear"));
  CHECK(linear.config().rope_scaling == RopeScaling{RopeType::linear, 4, 1, 4, 0});
  CHECK(GgufModel(scaled("none").save("none")).config().rope_scaling == RopeScaling{});
  CHECK(contains(error_of([&] { const GgufModel model(scaled("yarn").save("yarn")); }),
                 "rope scaling 'yarn' is not supported"));
  const Writer older =
      model_file(c, "llama", 1, [](Writer& w) { w.field("llama.rope.scale_linear", 2.0F); });
  CHECK(GgufModel(older.save("older")).config().rope_scaling.factor == 2.0);
}

TEST_CASE("divisors of frequencies are those of Llama 3, or refused") {
  ModelConfig c = wide_config();
  c.head_dim = 16;
  // theta 500, heads of 16: wavelengths 6.28 x 500^(j/8): 6.3 13.7 29.7 64.6 140 306 664 1444.
  const std::vector<float> ones(8, 1.0F);
  const auto config = [&](const std::vector<float>& divisors) {
    return GgufModel(model_file(
                         c, "llama", 1,
                         [](Writer& w) { w.field("llama.attention.key_length", 16U); }, divisors)
                         .save("divisors"))
        .config();
  };
  CHECK(config(ones).rope_scaling == RopeScaling{});
  std::vector<float> other = ones;
  other.back() = 8;  // a wave of 1444 tokens is none that Llama 3 changes
  CHECK(contains(error_of([&] { config(other); }), "tensor 'rope_freqs.weight' scales"));
  other = ones;
  other.pop_back();
  CHECK(contains(error_of([&] { config(other); }), "has 7 numbers of type F32; needs 8"));
}

// Theta 500000, heads of 64, factor 32, low 1, high 4, pretrained on 8192 tokens: Llama 3.2. Waves
// of less than 2048 tokens are pairs 0 to 14, of more than 8192, 18 to 31; the three divisors
// between were worked out by hand from the formula of model_spec/rope.hpp.
TEST_CASE("the divisors that a converter writes for Llama 3 are llama3 scaling") {
  ModelConfig c = wide_config();
  c.head_dim = 64;
  std::vector<float> divisors(32, 1.0F);
  divisors[15] = 1.6513292F;
  divisors[16] = 3.2922621F;
  divisors[17] = 9.666729F;
  std::fill(divisors.begin() + 18, divisors.end(), 32.0F);
  const auto scaling = [&] {
    const Writer w = model_file(
        c, "llama", 1, [](Writer& out) { out.field("llama.attention.key_length", 64U); }, divisors);
    return GgufModel(w.save("llama3")).config().rope_scaling;
  };
  c.rope_theta = 500000;
  CHECK(scaling() == RopeScaling{RopeType::llama3, 32, 1, 4, 8192});
  c.rope_theta = 400000;  // other waves
  CHECK(contains(error_of(scaling), "tensor 'rope_freqs.weight' scales"));
}

TEST_CASE("a part of a head that is turned, and a short window, are refused by name") {
  const auto refusal = [](const std::string& key, std::uint32_t value) {
    const Writer w = model_file(wide_config(), "llama", 2, [&](Writer& out) {
      out.field("llama.attention.key_length", 4U).field(key, value);
    });
    return error_of([&] { const GgufModel model(w.save("parts")); });
  };
  CHECK(refusal("llama.rope.dimension_count", 4).empty());
  CHECK(contains(refusal("llama.rope.dimension_count", 2),
                 "'llama.rope.dimension_count' is 2; this model turns all 4"));
  CHECK(refusal("llama.attention.sliding_window", 8).empty());
  CHECK(contains(refusal("llama.attention.sliding_window", 7), "sliding_window' is shorter"));
}

TEST_CASE("what a GGUF model lacks or has too much is named") {
  const ModelConfig c = wide_config();
  const auto refusal = [](const Writer& w) {
    return error_of([&] { const GgufModel model(w.save("refused")); });
  };
  CHECK(contains(refusal(model_file(c, "qwen2")), "architecture 'qwen2' is not supported"));
  Writer empty = header_of(c, 0, "llama");
  CHECK(contains(refusal(empty.pad()), "tensor 'token_embd.weight' is missing"));
  Writer one = header_of(c, 1, "llama");
  one.tensor("token_embd.weight", {11, 8}, 0, 0).pad();
  for (int i = 0; i < 88; ++i) one.raw(0.0F);
  CHECK(contains(refusal(one), "tensor 'blk.0.attn_norm.weight' is missing"));
}

TEST_CASE("a header that cannot be is refused, and nothing large is allocated for it") {
  const auto refusal = [](const Writer& w) {
    const fs::path path = w.save("bad");
    largest_allocation();
    std::string message = error_of([&] { const GgufFile file(path); });
    CHECK(largest_allocation() < 100000);
    CHECK(contains(message, path.string()));
    return message;
  };
  CHECK(contains(refusal(Writer().words("GGUF is not here, is it?")), "does not begin with"));
  CHECK(contains(refusal(Writer().header(0, 0, 1)), "version 1"));
  CHECK(contains(refusal(Writer().header(0, 1)), "is the file cut short?"));
  CHECK(contains(refusal(Writer().header(1ULL << 60, 0)), "is the file cut short?"));
  CHECK(contains(refusal(Writer().header(0, 1).words("k").raw<std::uint32_t>(99)),
                 "metadata 'k' has the unknown type 99"));
  CHECK(contains(refusal(Writer().header(0, 1).words("k").raw<std::uint32_t>(8).raw(1ULL << 50)),
                 "metadata 'k' would need"));
  for (const std::uint32_t type : {0U, 8U, 10U}) {
    CHECK(contains(
        refusal(Writer().header(0, 1).words("k").raw<std::uint32_t>(9).raw(type).raw(1ULL << 62)),
        "metadata 'k' would need"));
  }
  CHECK(contains(refusal(Writer().header(0, 2).field("k", 1U).field("k", 2U)), "there twice"));
  CHECK(contains(refusal(Writer().header(1, 0).tensor("t", {4}, 99, 0).pad()),
                 "tensor 't' has element type 99; known: F32"));
  CHECK(contains(refusal(Writer().header(1, 0).tensor("t", {40}, 2, 0).pad()),
                 "rows of 40 numbers, no whole number of Q4_0 blocks"));
  CHECK(contains(refusal(Writer().header(1, 0).tensor("t", {1LL << 40, 1LL << 40}, 0, 0).pad()),
                 "absurd shape"));
  CHECK(contains(refusal(Writer().header(1, 0).tensor("t", {64}, 0, 0).pad()), "cut short"));
  CHECK(contains(refusal(Writer().header(1, 0).tensor("t", {1}, 0, 7).pad().raw(1.0).raw(1.0)),
                 "not aligned"));
  CHECK(contains(refusal(Writer().header(1, 0).tensor("t", {1}, 0, ~31ULL).pad().raw(1.0)),
                 "absurd offset"));
  Writer twice;
  twice.header(2, 0).tensor("a", {8}, 0, 0).tensor("b", {8}, 0, 0).pad();
  for (int i = 0; i < 8; ++i) twice.raw(1.0F);
  CHECK(contains(refusal(twice), "overlaps"));
  Writer name;
  name.header(2, 0).tensor("a", {8}, 0, 0).tensor("a", {8}, 0, 32).pad();
  for (int i = 0; i < 16; ++i) name.raw(1.0F);
  CHECK(contains(refusal(name), "tensor 'a' is there twice"));
}

TEST_CASE("what was read of a large file does not stay in memory") {
  constexpr std::int64_t kRows = 1024, kColumns = 1 << 16;  // 256 MiB, a hole on the disk
  Writer w;
  w.header(1, 0).tensor("t", {kRows, kColumns}, 0, 0).pad();
  const fs::path path = w.save("large");
  fs::resize_file(path, w.size() + kRows * kColumns * 4);
  const GgufFile file(path);
  std::vector<float> row(kColumns);
  const std::size_t before = resident_bytes();
  std::size_t most = 0;
  for (std::int64_t i = 0; i < kRows; ++i) {
    file.read(*file.find("t"), static_cast<std::uint64_t>(i * kColumns), row);
    if (i % 16 == 0) most = std::max(most, resident_bytes());
  }
  CHECK(most < before + (64 << 20));
  CHECK(most > 0);
}

TEST_CASE("values are read by their types, and refused as others") {
  Writer w;
  w.header(0, 5).field("n", 7U).field("x", 0.5F).field("s", std::string("hello"));
  w.words("list").raw<std::uint32_t>(9).raw<std::uint32_t>(8).raw<std::uint64_t>(2);
  w.words("a").words("");
  w.words("on").raw<std::uint32_t>(7).raw<std::uint8_t>(1);
  const GgufFile file(w.save("values"));
  CHECK(file.integer("n") == 7);
  CHECK(file.number("n") == 7.0);
  CHECK(file.number("x") == 0.5);
  CHECK(file.text("s") == "hello");
  CHECK(file.boolean("on") == true);
  CHECK(*file.texts("list") == std::vector<std::string_view>{"a", ""});
  CHECK(!file.text("none"));
  CHECK(file.describe("list") == "2 of string");
  CHECK(file.keys() == std::vector<std::string>{"n", "x", "s", "list", "on"});
  CHECK(contains(error_of([&] { file.integer("s"); }), "metadata 's' is of type string"));
  CHECK(contains(error_of([&] { file.integer("list"); }), "metadata 'list' is an array"));
  CHECK(contains(error_of([&] { file.texts("n"); }), "metadata 'n' is not an array"));
}

TEST_CASE("damaged files are refused or read, and never anything else") {
  const std::string good = model_file(wide_config()).text();
  const fs::path path = scratch("damaged") / "model.gguf";
  std::mt19937 random(7);  // NOLINT: the same every time
  for (int round = 0; round < 2000; ++round) {
    std::string bad = good;
    for (int i = 0; i < 3; ++i) bad[random() % 1400] = static_cast<char>(random());
    if (round % 3 == 0) bad.resize(random() % bad.size());
    write_file(path, bad);
    largest_allocation();
    const std::string message = error_of([&] { const GgufModel model(path); });
    CHECK(largest_allocation() < 10 * good.size() + 100000);
    CHECK((message.empty() || contains(message, path.string())));
  }
}
