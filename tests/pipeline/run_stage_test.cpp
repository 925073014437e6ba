// A stage is done only on what its key names, and found again where the run's links are none.
#include "pipeline/run_folder.hpp"
#include "support.hpp"

#include "base/hash.hpp"
#include "config/config.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

/// What the stage does while it runs, beside copying its file.
std::function<void(const fs::path& file)> g_meanwhile;  // NOLINT: a kind is a plain function

std::optional<ComputedOn> copy_file(const StageContext& context) {
  const fs::path file = context.place("text");
  if (g_meanwhile) g_meanwhile(file);
  write_file(context.output / "copy", read_file(file));
  return ComputedOn{"cpu", "float32", "fast", "", 3};
}

const StageKind kCopy{"copy", 1, copy_file};

/// A run folder of one stage that copies a file, and of one that it takes as an input.
struct SmallRun {
  explicit SmallRun(const std::string& name)
      : folder(scratch(name)), file(folder / "text.txt"), store(folder / "store") {
    g_meanwhile = {};
    write_file(file, "the text");
    first.name = "first";
    second.name = "second";
    for (Stage* stage : {&first, &second}) {
      stage->kind = "copy";
      stage->files = {"text " + digest("the text")};
      stage->places["text"] = file.string();
      stage->digests[file.string()] = digest("the text");
    }
    second.inputs = {{"first", "first"}};
    set_key(first, {});
    set_key(second, {first.key});
    make_folder(folder / "run/stages");
    write_json("surroundings", write_config(RunSettings{store.folder().string(), {}, {}, 1}));
    const StageGraph graph{{first, second}, {}};
    for (const auto& stage : graph.stages) {
      write_json(stage.name, write_config(request_for(stage, graph, store)));
    }
  }
  void write_json(const std::string& name, const Value& value) const {
    write_file(folder / "run/stages" / (name + ".json"), to_json(value));
  }
  void run(const std::string& stage, const StageKind& kind = kCopy) const {
    run_stage(folder / "run", stage, [&](const std::string&) -> const StageKind& { return kind; });
  }
  std::string error(const std::string& stage, const StageKind& kind = kCopy) const {
    return error_of([&] { run(stage, kind); });
  }

  fs::path folder, file;
  Store store;
  Stage first, second;
};

void rewrite(const fs::path& file, const std::string& text) {
  fs::remove(file);
  write_file(file, text);
}

}  // namespace

TEST_CASE("a file that changes before or while it is read fails the stage, and nothing is kept") {
  const SmallRun run("changed-file");
  write_file(run.file, "another text");
  CHECK(contains(run.error("first"), "text.txt was changed since the run was planned"));
  write_file(run.file, "the text");
  g_meanwhile = [](const fs::path& file) { write_file(file, "another text"); };
  CHECK(contains(run.error("first"), "text.txt was changed while it was read"));
  write_file(run.file, "the text");
  g_meanwhile = [](const fs::path& file) {  // and put back, too
    write_file(file, "another text");
    write_file(file, "the text");
  };
  CHECK(contains(run.error("first"), "text.txt was changed while it was read"));
  CHECK(!run.store.has(run.first));
  g_meanwhile = {};
  run.run("first");
  CHECK(run.store.has(run.first));
}

TEST_CASE("rot in an input fails the stage that reads it") {
  const SmallRun run("rotten-input");
  run.run("first");
  const fs::path artifact = run.store.artifact(run.first);
  rewrite(artifact / "copy", "the tent");
  CHECK(run.store.has(run.first));  // of the same size
  CHECK(contains(run.error("second"), "copy has changed; remove"));
  rewrite(artifact / "copy", "the text");
  write_file(artifact / "more", "what another program left");
  CHECK(contains(run.error("second"), "more does not belong there; remove"));
  fs::remove(artifact / "more");
  std::string manifest = read_file(artifact / kManifest);
  manifest.replace(manifest.find("\"seconds\":") + 10, 1, "7");
  rewrite(artifact / kManifest, manifest);
  CHECK(contains(run.error("second"), "manifest.json has changed"));
}

TEST_CASE("a request has components of different kinds and one name") {
  StageRequest request{"finetune", "train", "key", {}, {}, {}, {}, {}, {}};
  request.components = {{"balance", "switch", "1", "a"}, {"router", "switch", "2", "b"}};
  const auto read = read_config<StageRequest>(write_config(request), "request");
  REQUIRE(read.components.size() == 2);
  CHECK(read.components[1].text() == request.components[1].text());
}

TEST_CASE("a request that is edited, or of a btx whose results are others, is refused") {
  const SmallRun run("edited-request");
  CHECK(contains(run.error("first", {"copy", 2, copy_file}), "run again"));
  const fs::path file = run.folder / "run/stages/first.json";
  std::string request = read_file(file);
  request.replace(request.find("\"config\":{}"), 11, "\"config\":{\"lr\":1}");
  write_file(file, request);
  CHECK(contains(run.error("first"), "its request is not the one of its key"));
}

TEST_CASE("an artifact is found where the run's link is missing, a copy of it or an older one") {
  const SmallRun run("links");
  run.run("first");
  const fs::path folder = run.folder / "run";
  CHECK(stage_folder(folder, "first") == run.store.artifact(run.first));
  const fs::path link = stage_link(folder, "first");
  fs::copy(run.store.artifact(run.first), link);
  CHECK(stage_folder(folder, "first") == link);
  Stage older = run.first;
  older.files = {"text of before"};
  set_key(older, {});
  fs::remove_all(link);
  run.store.produce(older, {}, [](const fs::path& out) -> std::optional<ComputedOn> {
    write_file(out / "copy", "before");
    return std::nullopt;
  });
  fs::copy(run.store.artifact(older), link);
  CHECK(stage_folder(folder, "first") == run.store.artifact(run.first));
}

TEST_CASE("a manifest says on what its stage computed") {
  const SmallRun run("computed");
  run.run("first");
  const Manifest manifest = read_manifest(run.store.artifact(run.first));
  REQUIRE(manifest.computed.has_value());
  CHECK(manifest.computed->threads == 3);
  CHECK(manifest.rests_on == std::vector<std::string>{"cpu in float32"});
}

TEST_CASE("what was made from an artifact that was made again with other bits is made again") {
  const SmallRun run("remade");
  run.run("first");
  run.run("second");
  CHECK(run.store.has(run.second));
  const auto remake = [&](const std::string& text) {
    fs::remove_all(run.store.artifact(run.first));
    CHECK(run.store.has(run.second));  // what it was made from may be gone
    const auto make = [&](const fs::path& out) {
      write_file(out / "copy", text);
      write_file(out / "times", text + " took a second");
      return ComputedOn{"cuda", "bfloat16", "fast", "A card", 1};
    };
    run.store.produce(run.first, {}, make, "times");
  };
  remake("the text");  // elsewhere, to the same bits
  CHECK(run.store.has(run.second));
  remake("other text");
  CHECK_FALSE(run.store.has(run.second));
}
