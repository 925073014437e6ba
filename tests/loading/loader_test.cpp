#include "plugin/loader.hpp"
#include "plugin/registry.hpp"
#include "support.hpp"

#include <btx/sandbox.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

using namespace btx;
using namespace btx_test;

namespace {

fs::path fixture(const std::string& name) {
  return fs::path(BTX_FIXTURES) / (name + ".so");
}

/// Loads and returns the message, which must be a plugin error that begins with the file's name.
std::string refusal(const fs::path& library) {
  const Caught result = caught([&] { load_plugin(library); });
  CHECK(result.code == ExitCode::plugin);
  const std::string head = "plugin " + library.string() + ": ";
  REQUIRE(result.message.substr(0, head.size()) == head);
  CHECK(!contains(result.message, "\n"));
  return result.message.substr(head.size());
}

bool registered(const std::string& name) {
  const auto& components = Registry::instance().components();
  return std::any_of(components.begin(), components.end(),
                     [&](const auto& c) { return c.entry.name == name; });
}

/// Which fixtures' static initialisers run in f().
template <class F>
std::string trace_of(F&& f) {
  const fs::path file = scratch("loading-trace") / "trace.txt";
  ::setenv("BTX_FIXTURE_TRACE", file.c_str(), 1);
  f();
  ::unsetenv("BTX_FIXTURE_TRACE");
  return fs::exists(file) ? read_file(file) : "";
}

}  // namespace

TEST_CASE("a sound plugin is registered, and opening it again does nothing") {
  CHECK(trace_of([] { load_plugin(fixture("sound")); }) == "sound\n");
  const auto& component = Registry::instance().find("task", "sound");
  CHECK(Registry::instance().plugin_of(component).version == "1.2.3");
  CHECK(Registry::instance().plugin_of(component).path == fs::canonical(fixture("sound")));
  const fs::path other = scratch("loading-link") / "other.so";
  fs::create_symlink(fixture("sound"), other);
  const std::size_t count = Registry::instance().components().size();
  load_plugin(fixture("sound"));
  CHECK(contains(caught([] { btx::allow_unsafe_code(); }).message, "before it opens plugins"));
  load_plugin(other);
  CHECK(Registry::instance().components().size() == count);
}

TEST_CASE("a plugin built for another btx is refused before any of its code runs") {
  const std::string trace = trace_of([] {
    CHECK(refusal(fixture("wrong_tag")) ==
          "built for btx 0123456789_gnu11_cxx11_torch2_7_0, this program is " + abi_tag() +
              "; rebuild the plugin against this btx");
  });
  CHECK(trace.empty());
  CHECK(!registered("wrong_tag"));
}

TEST_CASE("a plugin that needs a symbol nobody has is refused when opened, not when it is used") {
  const std::string trace = trace_of([] {
    CHECK(refusal(fixture("undefined_symbol")) ==
          "cannot be opened: undefined symbol: function_that_nobody_defines");
  });
  CHECK(trace.empty());
}

TEST_CASE("a library without the entry is not a plugin") {
  const std::string trace = trace_of([] {
    CHECK(refusal(fixture("no_entry")) ==
          "not a btx plugin: it does not export btx_plugin_v1 (see BTX_PLUGIN in btx/plugin.hpp)");
  });
  CHECK(trace.empty());
}

TEST_CASE("an entry that does not say what it was built for is refused") {
  const std::string trace = trace_of([] {
    CHECK(refusal(fixture("no_tag")) ==
          "it does not say which btx it was built for; build it with btx_add_plugin()");
  });
  CHECK(trace.empty());
}

TEST_CASE("a registration that throws is told, and nothing of it stays") {
  CHECK(refusal(fixture("throws_error")) ==
        "'throws_error' 1.2.3 failed while registering: this machine has no such device");
  CHECK(refusal(fixture("throws_number")) ==
        "'throws_number' 1.2.3 threw something while registering");
  CHECK(!registered("before_error"));
  CHECK(!registered("before_number"));
}

TEST_CASE("a name that is taken is refused with both files, and nothing of the second stays") {
  load_plugin(fixture("same_name_a"));
  CHECK(refusal(fixture("same_name_b")) == "task:same_name is already provided by " +
                                               fs::canonical(fixture("same_name_a")).string() +
                                               "; remove one of the two");
  CHECK(registered("of_same_name_a"));
  CHECK(!registered("of_same_name_b"));
}

TEST_CASE("a plugin that uses one name twice is refused") {
  CHECK(refusal(fixture("twice_inside")) == "it registers task:twice twice");
  CHECK(!registered("twice"));
}

TEST_CASE("a file that is not a library is refused, and so is one cut short") {
  const fs::path folder = scratch("loading-files");
  const std::string sound = read_file(fixture("sound"));
  const auto message = [&](const std::string& name, const std::string& content) {
    write_file(folder / name, content);
    return refusal(folder / name);
  };
  CHECK(message("text.so", "This is not a library.\n") == "not a shared library for this machine");
  CHECK(message("empty.so", "") == "not a shared library for this machine");
  CHECK(message("magic.so", sound.substr(0, 4)) == "not a shared library for this machine");
  for (const std::size_t part : {1, 2, 3}) {
    CHECK(!message("part" + std::to_string(part) + ".so", sound.substr(0, sound.size() / 4 * part))
               .empty());
  }
}

TEST_CASE("a file that is not there is named") {
  CHECK(refusal(fs::path(BTX_FIXTURES) / "nowhere.so") == "no such file");
}

TEST_CASE("a folder's sound plugins load, the others are kept with their reason") {
  const fs::path folder = scratch("loading-folder");
  write_file(folder / "a_text.so", "text");
  write_file(folder / "notes.txt", "not looked at");
  fs::copy_file(fixture("no_entry"), folder / "b_no_entry.so");
  load_plugins({folder, folder / "missing"});
  std::vector<std::string> errors;
  for (const auto& plugin : Registry::instance().plugins()) {
    if (plugin.path.parent_path() == folder) errors.push_back(plugin.error);
  }
  REQUIRE(errors.size() == 2);
  CHECK(contains(errors[0], "a_text.so: not a shared library"));
  CHECK(contains(errors[1], "b_no_entry.so: not a btx plugin"));
  const Caught unknown = caught([] { Registry::instance().find("task", "soundly"); });
  CHECK(unknown.code == ExitCode::plugin);
  CHECK(contains(unknown.message, "no task is called 'soundly'"));
  CHECK(contains(unknown.message, "did you mean 'sound'"));
  CHECK(contains(unknown.message, "not loaded: " + errors[0]));
}

TEST_CASE("plugins are looked for where the command says, then the environment, then the program") {
  ::setenv("BTX_PLUGIN_PATH", "/first::/second", 1);
  const fs::path mine = scratch("mine");
  const auto folders = plugin_search_path({mine.string(), mine.string()});
  ::unsetenv("BTX_PLUGIN_PATH");
  REQUIRE(folders.size() == 4);
  CHECK(folders[0] == mine);
  CHECK(folders[1] == "/first");
  CHECK(folders[2] == "/second");
  CHECK(folders[3].filename() == "plugins");
  const Caught missing = caught([] { plugin_search_path({"nowhere"}); });
  CHECK(missing.code == ExitCode::plugin);
  CHECK(contains(missing.message, "plugin folder nowhere: no such folder"));
}
