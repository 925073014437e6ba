#include "config/fields/field_reader.hpp"
#include "config/folder.hpp"
#include "config/sample_config.hpp"
#include "recipe/load.hpp"

#include <doctest/doctest.h>

using btx::FieldReader;
using btx::Fields;
using btx::Value;
using namespace btx_test;

namespace {

template <class T = Config>
T read(const Value& table, const std::string& where = "") {
  T config;
  FieldReader reader(table, where);
  Fields fields(reader);
  config.fields(fields);
  reader.finish();
  return config;
}

template <class T = Config>
std::string refused(const std::string& text, const std::string& where = "") {
  return usage_error_of([&] { read<T>(toml(text), where); });
}

}  // namespace

TEST_CASE("what is given is read, the rest keeps its default") {
  const Config config = read(toml(R"(
lr = 1
dtype = "bfloat16"
cache = "1.5KiB"
betas = [0, 0.5]
seeds = []
weights = { math = 2, code = 0.5 }
schedule.warmup_steps = 5
expert = [{ name = "math", tokens = "20M" }, { name = "code", schedule = { min_factor = 1 } }]
)"));
  CHECK(config.lr == 1.0);
  CHECK(config.dtype == "bfloat16");
  CHECK(config.cache == 1536);
  CHECK(config.betas == std::vector<double>{0, 0.5});
  CHECK(config.seeds.empty());
  CHECK(config.weights == std::map<std::string, double>{{"math", 2.0}, {"code", 0.5}});
  CHECK(config.schedule == Schedule{5, 0.1});
  CHECK(config.experts ==
        std::vector<Expert>{{"math", 20'000'000, {}}, {"code", 1000, {200, 1.0}}});
  CHECK(config.trainable == std::vector<std::string>{"*"});
  CHECK(read(Value()) == Config{});
}

TEST_CASE("an unknown key is reported at its place, with the nearest or all known keys") {
  CHECK(refused("[schedule]\n  warmup_step = 5\n") ==
        "t.toml:2:3: unknown key 'warmup_step' in [schedule]; did you mean 'warmup_steps'?");
  CHECK(refused<Schedule>("\nwarmup_step = 5", "[train.schedule]") ==
        "t.toml:2:1: unknown key 'warmup_step' in [train.schedule]; did you mean 'warmup_steps'?");
  CHECK(refused<Schedule>("zzz = 5", "router:top_k") ==
        "t.toml:1:1: unknown key 'zzz' in [router:top_k]; known keys: warmup_steps, min_factor");
  CHECK(refused("shufle = true") ==
        "t.toml:1:1: unknown key 'shufle' in the recipe; did you mean 'shuffle'?");
  CHECK(refused("[[expert]]\nname = 'math'\nschedule = { q = 1 }") ==
        "t.toml:3:14: unknown key 'q' in [expert.math.schedule]; known keys: warmup_steps, "
        "min_factor");
  CHECK(refused("[data.web]\nfile = []") ==
        "t.toml:2:1: unknown key 'file' in [data.web]; did you mean 'files'?");
}

TEST_CASE("a value of the wrong type is reported with what is needed and what it is for") {
  CHECK(refused("lr = 'x'") ==
        "t.toml:1:6: lr: needs a number >= 0, got string \"x\"; peak learning rate");
  CHECK(refused("shuffle = 1") ==
        "t.toml:1:11: shuffle: needs true or false, got integer 1; visit in random order");
  CHECK(refused("schedule.warmup_steps = 1.0") ==
        "t.toml:1:25: schedule.warmup_steps: needs an integer >= 0, got float 1.0; steps of linear "
        "warm-up");
  CHECK(refused("trainable = '*'") ==
        "t.toml:1:13: trainable: needs an array of strings, got string \"*\"; globs");
  CHECK(refused("trainable = ['a', 2]") ==
        "t.toml:1:19: trainable[1]: needs a string, got integer 2; globs");
  CHECK(refused("folder = 1") ==
        "t.toml:1:10: folder: needs a path, got integer 1; where results go");
  CHECK(refused("weights = 1") ==
        "t.toml:1:11: weights: needs a table of numbers, got integer 1; of the domains");
  CHECK(refused("weights.a = -1") ==
        "t.toml:1:13: weights.a: needs a number >= 0, got integer -1; of the domains");
  CHECK(refused("schedule = [1]") ==
        "t.toml:1:12: schedule: needs a table, got an array of 1 item; of the learning rate");
  CHECK(refused("expert = {}") ==
        "t.toml:1:10: expert: needs an array of tables, got a table; the experts");
  CHECK(refused("expert = [1]") ==
        "t.toml:1:11: expert: needs an array of tables, got integer 1; the experts");
  CHECK(refused("data = [1, 2]") ==
        "t.toml:1:8: data: needs a table of tables, got an array of 2 items; the domains");
  CHECK(refused("data.web = 1") ==
        "t.toml:1:12: data.web: needs a table, got integer 1; the domains");
}

TEST_CASE("ranges, choices and units are checked") {
  CHECK(refused("schedule.min_factor = 1.5") ==
        "t.toml:1:23: schedule.min_factor: needs a number in [0, 1], got float 1.5; final lr / "
        "peak lr");
  CHECK(refused("lr = inf") ==
        "t.toml:1:6: lr: needs a number >= 0, got float inf; peak learning rate");
  CHECK(refused("betas = [0.9, nan]") ==
        "t.toml:1:15: betas[1]: needs a number in [0, 1], got float nan; of AdamW");
  CHECK(refused("dtype = 'float16'") ==
        "t.toml:1:9: dtype: needs one of 'float32', 'bfloat16', got string \"float16\"; of the "
        "weights");
  CHECK(refused("cache = '4K'") ==
        "t.toml:1:9: cache: needs a size such as 4096 or \"512MiB\" >= "
        "0, got string \"4K\"");
  CHECK(refused("expert = [{ name = 'm', tokens = '0M' }]") ==
        "t.toml:1:34: expert.m.tokens: needs a number of tokens such as 5000 or \"20M\" >= 1, got "
        "string \"0M\"; length of the training");
  CHECK(refused("dtype = '" + std::string(100, 'x') + "'")
            .ends_with("got a string of 102 bytes; of the weights"));
}

TEST_CASE("a missing key is reported where it would go, after misspelt ones") {
  CHECK(refused("[[expert]]\ntokens = 5\n") ==
        "t.toml:1:1: expert[0].name: needs a string, got nothing; name of the expert");
  CHECK(refused("[[expert]]\nnmae = 'x'\n") ==
        "t.toml:2:1: unknown key 'nmae' in [expert[0]]; did you mean 'name'?");
  CHECK(refused<Expert>("", "[seed]") ==
        "t.toml:1:1: seed.name: needs a string, got nothing; name of the expert");
}

TEST_CASE("two items of one name are refused") {
  CHECK(refused("[[expert]]\nname = 'a'\n[[expert]]\nname = 'a'\n") ==
        "t.toml:3:1: expert: the name 'a' is taken by the item at t.toml:1:1");
}

TEST_CASE("a value from the command line is reported as such") {
  const Folder folder;
  folder.write("r.toml", "lr = 1\n");
  CHECK(usage_error_of([] { read(btx::load_recipe("r.toml", {"lr=fast"}).tree); }) ==
        "command line: lr=fast: lr: needs a number >= 0, got string \"fast\"; peak learning rate");
  CHECK(usage_error_of([] { read(btx::load_recipe("r.toml", {"lrr=1"}).tree); }) ==
        "command line: lrr=1: unknown key 'lrr' in the recipe; did you mean 'lr'?");
}

TEST_CASE("paths are relative to the file that states them") {
  const Folder folder;
  folder.write("base/data.toml", "data.web.files = ['../x/./a.txt', '/abs/b', '-']\n");
  folder.write("main.toml", "extends = 'base/data.toml'\nfolder = 'out'\n");
  const std::string root = btx::fs::current_path().string();
  const Config config = read(btx::load_recipe("main.toml").tree);
  CHECK(config.folder == root + "/out");
  CHECK(config.data.at("web").files == std::vector<std::string>{root + "/x/a.txt", "/abs/b", "-"});
  const auto empty =
      usage_error_of([] { read(btx::load_recipe("main.toml", {"data.web.files=['']"}).tree); });
  CHECK(empty.find("data.web.files[0]: needs a path, got string \"\"") != std::string::npos);
  btx::fs::create_directory("elsewhere");
  btx::fs::current_path("elsewhere");
  const auto given = btx::load_recipe("../main.toml", {"data.web.files=['c']"});
  CHECK(read(given.tree).folder == root + "/out");
  CHECK(read(given.tree).data.at("web").files == std::vector<std::string>{root + "/elsewhere/c"});
}

TEST_CASE("a default path is relative to the current folder") {
  struct Defaults {
    std::string folder = "runs";
    void fields(Fields& f) { f("folder", folder, "", {.path = true}); }
  };
  CHECK(read<Defaults>(Value()).folder == (btx::fs::current_path() / "runs").string());
}

TEST_CASE("raw keys are left to others") {
  struct Component {
    std::string type;
    Value params;
    void fields(Fields& f) {
      f("type", type, "");
      const Value* given = dynamic_cast<FieldReader&>(f.visitor()).raw("params");
      if (given != nullptr) params = *given;
    }
  };
  CHECK(btx::to_json(read<Component>(toml("type = 'x'\nparams.free = [1]")).params) ==
        R"({"free":[1]})");
  CHECK(read<Component>(toml("type = 'x'")).params == Value());
}
