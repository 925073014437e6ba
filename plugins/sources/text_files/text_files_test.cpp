// source:text_files on files of a few words.
#include "plugins/source_support.hpp"

using namespace btx_test;

TEST_CASE("text_files: files and folders, one document a file, in order of name") {
  const auto folder = scratch("text");
  make_folder(folder / "b/deep");
  for (const char* name : {"z.txt", "b/2.txt", "b/1.txt", "b/deep/0.txt", "b/no.bin"}) {
    write_file(folder / name, fmt::format("text of {}", name));
  }
  const auto documents = all(component<DataSource>(
      "text_files",
      fmt::format(R"({{"paths": ["{0}/z.txt", "{0}/b/"], "files": ["*.txt"]}})", folder.string())));
  CHECK(ids(documents) == std::vector<std::string>{"z.txt", "b/1.txt", "b/2.txt", "b/deep/0.txt"});
  CHECK(documents[3].text == "text of b/deep/0.txt");
}

TEST_CASE("text_files: paragraphs are put together up to a size, and none is cut") {
  const auto folder = scratch("paragraphs");
  const std::string path = (folder / "a.txt").string();
  write_file(path, "\none\nmore\n\ntwo\n\n\nthree is a long one, longer than a document\n \nfour");
  const auto documents = all(component<DataSource>(
      "text_files",
      fmt::format(R"({{"paths": ["{}"], "document": "paragraphs", "max_bytes": 24}})", path)));
  CHECK(ids(documents) == std::vector<std::string>{"a.txt#1", "a.txt#2", "a.txt#3"});
  CHECK(documents[0].text == "\none\nmore\n\ntwo\n\n\n");
  CHECK(documents[1].text == "three is a long one, longer than a document\n \n");
  CHECK(documents[2].text == "four\n");
}

TEST_CASE("text_files: what cannot be read is named") {
  const auto folder = scratch("unreadable");
  const auto message = [&](const std::string& path) {
    return error_of([&] {
      all(component<DataSource>("text_files", fmt::format(R"({{"paths": ["{}"]}})", path)));
    });
  };
  CHECK(contains(message((folder / "no").string()), "no: no such file or folder"));
  CHECK(contains(message(folder.string()), "no file in it matches *"));
  CHECK(contains(message("/dev/null/x"), "no such file or folder"));
  CHECK(contains(error_of([] { component<DataSource>("text_files", "{}"); }), "paths"));
}
