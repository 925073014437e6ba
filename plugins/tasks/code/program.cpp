#include "code/program.hpp"

#include "common/generated.hpp"

#include <fmt/format.h>

#include <random>
#include <string_view>

namespace tasks {
namespace {

/// Up to the line that closes a block of code in Markdown.
std::string_view before_fence(std::string_view text) {
  if (text.starts_with("```")) return "";
  return text.substr(0, text.find("\n```"));
}

/// A whole program is not indented; models like to begin with a space.
std::string_view without_indent(std::string_view text) {
  const auto start = text.find_first_not_of(" \t");
  return start == std::string_view::npos ? "" : text.substr(start);
}

/// A function of which the signature is given; `test` defines check(candidate).
std::string function(const Json& doc, std::string_view completion) {
  std::string program = text_of(doc, "prompt");
  program += before_fence(completion);
  program += "\n" + text_of(doc, "test");
  return program + "\ncheck(" + text_of(doc, "entry_point") + ")\n";
}

/// A whole program, followed by assertions.
std::string script(const Json& doc, std::string_view completion) {
  std::string program(without_indent(before_fence(completion)));
  program += "\n" + text_of(doc, "test_setup_code") + "\n";
  for (const auto& test : doc["test_list"]) program += test.get<std::string>() + "\n";
  return program;
}

/// A string of Python: what JSON escapes, Python reads the same.
std::string literal(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool has_texts(const Json& doc, const char* member) {
  if (!doc.is_object() || !doc.contains(member) || !doc[member].is_array()) return false;
  for (const auto& text : doc[member]) {
    if (!text.is_string()) return false;
  }
  return !doc[member].empty();
}

}  // namespace

std::string program_of(const btx::EvalRow& row, const std::string& completion,
                       const std::string& mark) {
  const auto doc = doc_of(row);
  const bool is_function = !text_of(doc, "prompt").empty() && !text_of(doc, "test").empty() &&
                           !text_of(doc, "entry_point").empty();
  if (!is_function && !has_texts(doc, "test_list")) {
    refuse(row,
           "needs doc.prompt, doc.test and doc.entry_point, as HumanEval has them, "
           "or doc.test_list, a list of texts, as MBPP has, and found neither");
  }
  const std::string program = is_function ? function(doc, completion) : script(doc, completion);
  // Without a __name__ of its own, so that "if __name__ == '__main__'" does not hold; and the mark
  // not by print, which the program may have made something else.
  return "exec(compile(" + literal(program) + ", 'program', 'exec'), {})\n" +
         "__import__('os').write(1, b'\\n" + mark + "\\n')\n";
}

std::string new_mark() {
  std::random_device device;
  std::string mark = "passed ";
  for (int i = 0; i < 4; ++i) mark += fmt::format("{:08x}", device());
  return mark;
}

bool reached_end(const std::string& output, const std::string& mark) {
  return output.find("\n" + mark + "\n") != std::string::npos;
}

}  // namespace tasks
