#include "debian_packages/package_cache.hpp"

#include "common/files.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>
#include <btx/process.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sources {
namespace {

namespace fs = std::filesystem;
using btx::Error;
using btx::run_process;

/// Held until the end of the scope.
class Lock {
 public:
  explicit Lock(const fs::path& path)
      : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX) != 0) {
      throw Error(fmt::format("cannot lock {}", path.string()));
    }
  }
  ~Lock() { ::close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

fs::path record_of(const fs::path& deb) {
  return deb.string() + ".sha256";
}

std::string sha256_of(const fs::path& file) {
  const auto result = run_process({"sha256sum", "--", file.string()});
  if (result.status != 0 || result.output.size() < 64) {
    throw Error(fmt::format("sha256sum {}: {}", file.string(), result.output));
  }
  return result.output.substr(0, 64);
}

void write_record(const fs::path& deb, const std::string& sha256) {
  const fs::path beside = fmt::format("{}.tmp{}", record_of(deb).string(), ::getpid());
  std::ofstream file(beside);
  file << sha256 << "  " << deb.filename().string() << '\n';
  file.close();
  if (!file) throw Error(fmt::format("cannot write {}", beside.string()));
  fs::rename(beside, record_of(deb));
}

/// From the record, or computed when there is none of this file. Writes nothing: plans ask too.
std::string recorded_sha256(const fs::path& deb) {
  std::error_code code;
  const auto recorded = fs::last_write_time(record_of(deb), code);
  if (!code && recorded >= fs::last_write_time(deb)) {
    return read_file(record_of(deb)).substr(0, 64);
  }
  return sha256_of(deb);
}

/// "pari-doc_1%3a2.15.2-1_all.deb" -> "1:2.15.2-1".
std::string version_in(const std::string& file) {
  const std::size_t begin = file.find('_') + 1;
  std::string version = file.substr(begin, file.rfind('_') - begin);
  if (const std::size_t colon = version.find("%3a"); colon != std::string::npos) {
    version.replace(colon, 3, ":");
  }
  return version;
}

std::string file_name(const std::map<std::string, std::string>& record) {
  std::string version = record.at("Version");
  if (const std::size_t colon = version.find(':'); colon != std::string::npos) {
    version.replace(colon, 1, "%3a");
  }
  return fmt::format("{}_{}_{}.deb", record.at("Package"), version, record.at("Architecture"));
}

/// The records that apt-cache printed, keys to values, continuation lines left out.
std::vector<std::map<std::string, std::string>> parse_records(const std::string& text) {
  std::vector<std::map<std::string, std::string>> records;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || line[0] == ' ') continue;
    if (line.starts_with("Package: ")) records.emplace_back();
    if (!records.empty()) records.back()[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return records;
}

std::string toml_key(const std::string& key) {
  const bool bare = std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  return bare ? key : "\"" + key + "\"";
}

}  // namespace

PackageCache::PackageCache(const btx::SourceContext& context)
    : folder_(fs::absolute(context.cache_dir)), domain_(context.domain) {}

void PackageCache::fail(const std::string& problem, const std::string& output) const {
  const std::string key = toml_key(domain_);
  throw Error(fmt::format(
      "domain '{0}': {1}\n{2}\n"
      "Without a Debian registry, use text of your own: in the recipe, replace [data.{3}] and all "
      "of "
      "[data.{3}.params] by these lines:\n\n"
      "[data.{3}]\n"
      "source = \"text_files\"\n"
      "[data.{3}.params]\n"
      "paths = [\"my_texts/{0}\"]   # text files, or folders of them; relative to the recipe\n"
      "document = \"paragraphs\"   # \"file\": each file is one document\n",
      domain_, problem, output.substr(0, output.find_last_not_of('\n') + 1), key));
}

bool PackageCache::find_downloaded(const std::string& name, Package& package) const {
  if (!fs::is_directory(folder_)) return false;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with(name + "_") && file.ends_with(".deb")) files.push_back(entry.path());
  }
  if (files.empty()) return false;
  const fs::path& newest = *std::max_element(files.begin(), files.end());
  package = {newest.filename().string(), recorded_sha256(newest), fs::file_size(newest)};
  return true;
}

std::map<std::string, Package> PackageCache::ask_registry(
    const std::vector<std::string>& names) const {
  std::vector<std::string> argv = {"apt-cache", "show", "--no-all-versions", "--"};
  argv.insert(argv.end(), names.begin(), names.end());
  const auto result = run_process(argv);
  std::map<std::string, Package> found;
  for (const auto& record : parse_records(result.output)) {
    if (record.count("Version") * record.count("Architecture") * record.count("SHA256") == 0)
      continue;
    const std::uint64_t bytes = record.count("Size") == 0 ? 0 : std::stoull(record.at("Size"));
    found[record.at("Package")] = {file_name(record), record.at("SHA256"), bytes};
  }
  for (const std::string& name : names) {
    if (found.count(name) != 0) continue;
    fail(fmt::format(
             "package '{}' is neither in {} nor known to the Debian registry of this machine "
             "(apt-cache show)",
             name, folder_.string()),
         result.output.find("Package: ") == std::string::npos ? result.output : "");
  }
  return found;
}

std::map<std::string, Package> PackageCache::find(const std::vector<std::string>& names) const {
  std::map<std::string, Package> packages;
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (!find_downloaded(name, packages[name])) missing.push_back(name);
  }
  if (missing.empty()) return packages;
  for (const auto& [name, package] : ask_registry(missing)) packages[name] = package;
  return packages;
}

Package PackageCache::download(const std::string& name, const std::string& identity) const {
  const fs::path work = folder_ / fmt::format(".download-{}", name);
  fs::remove_all(work);
  fs::create_directories(work);
  const std::string wanted =
      fmt::format("{}={}", name, version_in(identity.substr(0, identity.find(' '))));
  btx::log(btx::LogLevel::info, fmt::format("domain '{}': downloading {}", domain_, wanted));
  const auto result =
      run_process({"apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", wanted},
                  {.folder = work.string()});
  fs::path deb;
  for (const auto& entry : fs::directory_iterator(work)) deb = entry.path();
  if (result.status != 0 || deb.empty()) {
    fs::remove_all(work);
    fail(fmt::format("cannot download package {} (apt-get download)", wanted), result.output);
  }
  Package package{deb.filename().string(), sha256_of(deb), fs::file_size(deb)};
  if (package.identity() == identity) {
    fs::rename(deb, folder_ / package.file);
    write_record(folder_ / package.file, package.sha256);
  }
  fs::remove_all(work);
  return package;
}

fs::path PackageCache::fetch(const std::string& name, const std::string& identity) const {
  fs::create_directories(folder_);
  const Lock lock(folder_ / fmt::format("{}.lock", name));
  Package package;
  const bool there = find_downloaded(name, package);
  if (!there) package = download(name, identity);
  if (package.identity() != identity) {
    throw Error(
        fmt::format("domain '{}': package '{}' should be\n  {}\nbut is\n  {}\n{}", domain_, name,
                    identity, package.identity(),
                    "run again; if that does not help, delete it from the download folder"));
  }
  if (there && !fs::exists(record_of(folder_ / package.file))) {
    write_record(folder_ / package.file, package.sha256);
  }
  return folder_ / package.file;
}

}  // namespace sources
