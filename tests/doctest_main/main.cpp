// doctest's main. A program fails in which a test case checked nothing: such a test cannot fail.
// That is also how it shows that LibTorch's CHECK, which only logs, was used in the place of
// doctest's.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> idle;

/// Notes the test cases without an assertion.
class IdleTests final : public doctest::IReporter {
 public:
  explicit IdleTests(const doctest::ContextOptions& /*options*/) {}
  void test_case_start(const doctest::TestCaseData& test) override { name_ = test.m_name; }
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (stats.numAssertsCurrentTest == 0) idle.push_back(name_);
  }
  void report_query(const doctest::QueryData& /*query*/) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& /*stats*/) override {}
  void test_case_reenter(const doctest::TestCaseData& /*test*/) override {}
  void test_case_exception(const doctest::TestCaseException& /*exception*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*subcase*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*assertion*/) override {}
  void log_message(const doctest::MessageData& /*message*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*test*/) override {}

 private:
  std::string name_;
};

REGISTER_LISTENER("idle tests", 1, IdleTests);

}  // namespace

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int code = context.run();
  for (const auto& name : idle) std::cerr << "a test case checks nothing: " << name << "\n";
  return code == 0 && !idle.empty() ? 1 : code;
}
