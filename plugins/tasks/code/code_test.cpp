// task:code: programs that pass their tests and programs that do not, hand-written in the shapes of
// HumanEval and MBPP.
#include "plugins/task_support.hpp"
#include "sandbox_tests.hpp"

#include <chrono>

using namespace btx;
using namespace btx_test;

namespace {

/// A function to complete, with a check.
EvalRow function_row() {
  return row_of("null", "{\"prompt\": " + quoted("def double(x):\n    \"\"\"Twice x.\"\"\"\n") +
                            ", \"entry_point\": \"double\", \"test\": " +
                            quoted("def check(candidate):\n    assert candidate(2) == 4\n"
                                   "    assert candidate('ab') == 'abab'\n") +
                            "}");
}

/// A program to write, with assertions that need something set up.
EvalRow script_row() {
  return row_of("null", R"({"test_list": ["assert add(2, 3) == WANTED", "assert add(-1, 1) == 0"],)"
                        R"( "test_setup_code": "WANTED = 5"})");
}

struct Completion {
  std::string text;
  bool passes;
};

const std::vector<Completion> kFunctions = {
    {"    return 2 * x", true},
    {"    return x + x\n", true},
    {"    return x * 3", false},
    {"    pass", false},
    {"", false},
    {"    return 2 * x\n```\nand this is prose", true},
    {"    return 2 * x\n\nfor i in 3:", false},
    {"def double(x):\n    return 2 * x", true},  // the model writes the signature again
    {"    if x == 2: return 4\n    return 'abab'", true},
    {"    if x == 2: return 4", false},
    {"    return", false},
    {"return 2 * x", false},
    {"    exit(0)", false},
    {"    import os\n    os._exit(0)", false},
    {"    import os\n    os.write(1, b'\\nbtx: all tests passed\\n')\n    os._exit(0)", false},
    {"    raise SystemExit", false},
    {"    print('bwrap: no such thing')\n    raise SystemExit(1)", false},
    {"    return y", false},
    {"    global print\n    print = None\n    return 2 * x", true},
    {"    import math\n    return 2 * x", true},
    {"    print('x' * 2000)\n    return 2 * x", true},
    {"    print(open('nothing').read())\n    return 2 * x", false},
    // Published harnesses run programs by exec(): a main block does not run.
    {"    return 2 * x\n\n\nif __name__ == '__main__':\n    print(double(int(input())))", true},
    {"    return 2 * x\n\n\nif __name__ != '__main__':\n    raise SystemExit", false},
};

const std::vector<Completion> kScripts = {
    {"def add(a, b):\n    return a + b", true},
    {" def add(a, b):\n    return a + b", true},
    {"def add(a, b):\r\n    return a + b\r\n", true},
    {"def add(a, b):\n    return a + b\n```\nThis adds.", true},
    {"add = lambda a, b: a + b", true},
    {"import operator\nadd = operator.add", true},
    {"def add(a, b):\n    return a - b", false},
    {"def plus(a, b):\n    return a + b", false},
    {"```python\ndef add(a, b): return a + b", false},
    {"def add(a, b):\n    return 5", false},
    {"def add(a, b): return a + b\nassert add(1, 1) == 3", false},
    {"", false},
    {"\"\"\"never closed", false},
    {"def add(a, b):\n    return a + b\nif __name__ == \"__main__\":\n    import unittest\n"
     "    unittest.main()",
     true},
    {"from __future__ import annotations\ndef add(a, b) -> later:\n    return a + b", true},
    {"def add(a, b):\n    x = '\u6771 \U0001f600 \\\\ \\' \"'\n    return a + b if len(x) == 9 "
     "else 0",
     true},
};

void check_all(const EvalRow& row, const std::vector<Completion>& completions) {
  const auto task = bare_component<Task>("code");
  TaskInput all{"set", {}, {}};
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < completions.size(); ++i) {
    all.rows.push_back(row);
    all.rows.back().item = std::to_string(i);
    answers.push_back({-1, 1, completions[i].text});
  }
  const auto scores = task->score(all, task->requests(all), answers);
  REQUIRE(scores.at(0).numerator.size() == completions.size());
  CHECK(scores[0].metric == "pass@1");
  CHECK(!scores[0].lower_is_better);
  for (std::size_t i = 0; i < completions.size(); ++i) {
    CAPTURE(completions[i].text);
    CHECK(scores[0].numerator[i] == (completions[i].passes ? 1 : 0));
  }
}

}  // namespace

TEST_CASE("code: completions of a function, labelled by hand" * needs_sandbox()) {
  check_all(function_row(), kFunctions);
}

TEST_CASE("code: whole programs, labelled by hand" * needs_sandbox()) {
  check_all(script_row(), kScripts);
}

TEST_CASE("code: a program has the time and the memory that the parameters give" *
          needs_sandbox()) {
  const auto task = bare_component<Task>("code", R"({"seconds": 1, "memory_bytes": 134217728})");
  const auto start = std::chrono::steady_clock::now();
  CHECK(!is_right(*task, function_row(), "    while True: pass"));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  CHECK(time.count() < 8);
  const std::string greedy = "    block = bytearray(1 << 28)\n    return 2 * x";
  CHECK(!is_right(*task, function_row(), greedy));
  CHECK(is_right(*bare_component<Task>("code"), function_row(), greedy));
}

TEST_CASE("code: rows without tests are refused") {
  const auto task = bare_component<Task>("code");
  CHECK(contains(refusal(*task, row_of("null", "{}", 8)), "set.jsonl:9"));
  CHECK(contains(refusal(*task, row_of("null", R"({"prompt": "def f():", "test": "x"})")),
                 "entry_point"));
  CHECK(contains(refusal(*task, row_of("null", R"({"test_list": []})")), "test_list"));
  CHECK(contains(refusal(*task, row_of("null", R"({"test_list": [1]})")), "list of texts"));
}

TEST_CASE("code: what it cannot ask for or compare with is refused, with its place" *
          needs_sandbox()) {
  check_refusals(*bare_component<Task>("code"), R"({"test_list": ["assert True"]})");
}
