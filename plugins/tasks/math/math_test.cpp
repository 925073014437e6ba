// task:math: answers in LaTeX, labelled by hand.
#include "plugins/task_support.hpp"

using namespace btx;
using namespace btx_test;

namespace {

/// Whether two answers, both boxed, mean the same.
const std::vector<Pair> kAnswers = {
    {R"(\frac{1}{2})", R"(\frac12)", true},
    {R"(\frac{1}{2})", R"(\dfrac{1}{2})", true},
    {R"(\frac{1}{2})", "1/2", true},
    {R"(\frac{1}{2})", "0.5", true},
    {R"(\frac{1}{2})", ".5", true},
    {R"(\frac{1}{2})", R"(\frac{2}{1})", false},
    {R"(\frac{1}{2})", "12", false},
    {R"(-\frac{1}{2})", R"(\frac{-1}{2})", true},
    {R"(-\frac{1}{2})", "-1/2", true},
    {R"(-\frac{1}{2})", R"(\frac{1}{2})", false},
    {R"(\frac{\pi}{4})", R"(\frac\pi4)", true},
    {R"(\frac{\pi}{4})", R"(\frac{\pi}4)", true},
    {R"(\frac{13}{20})", R"(\frac{13}{2}0)", false},
    {R"(\sqrt{3})", R"(\sqrt3)", true},
    {R"(\sqrt{3})", "3", false},
    {R"(2\sqrt{10})", R"(2 \sqrt {10})", true},
    {R"(2\sqrt{10})", R"(2\sqrt10)", false},
    {R"(\sqrt[3]{2})", R"(\sqrt{2})", false},
    {R"(\left(3, \frac{\pi}{2}\right))", R"((3,\tfrac{\pi}{2}))", true},
    {"(3,4)", "(4,3)", false},
    {"[0,\\infty)", R"(\left[0,\infty\right))", true},
    {"[0,\\infty)", "(0,\\infty)", false},
    {"90", R"(90^\circ)", true},
    {"90", R"(90^{\circ})", true},
    {"90", "90\u00b0", true},
    {"20", R"(20\%)", true},
    {"20", "0.20", false},
    {"18", R"(\$18)", true},
    {"18.90", R"(\$ 18.90)", true},
    {"12", R"(12\text{ cm}^2)", true},
    {"12", R"(12 \mbox{ square inches})", true},
    {"12", R"(12~\mathrm{ft})", true},
    {"12", "12 square units", true},
    {"12", "12 inches.", true},
    {"12", "12n", false},
    {R"(\text{Friday})", "Friday", true},
    {R"(\text{Friday})", R"(\text{Saturday})", false},
    {R"(\text{(B)})", "(B)", true},
    {R"(1,2)", R"(1 \text{ and } 2)", true},
    {"1,2", "1, 2", true},
    {"1,2", "12", false},
    {"1,2", "2,1", false},
    {"10,000", "10000", true},
    {"10,000", R"(10,\!000)", true},
    {"10,000", "10{,}000", true},
    {"1,234,567", "1234567", true},
    {"1,23", "123", false},
    {"5", "x = 5", true},
    {"5", "x_1=5", true},
    {"5", "f(x)=5", true},
    {"5", "x + y = 5", false},
    {"y=2x+5", "2x+5", true},
    {"x^2+y^2=13", "13", false},
    {R"([-2,7])", R"(x \in [-2,7])", true},
    {R"(x^{2})", "x^2", true},
    {R"(x^{12})", "x^12", false},
    {"3", "3.0", true},
    {"3", "3.01", false},
    {"0.50", R"(\frac12)", true},
    {"0.75", R"(\frac{6}{8})", true},
    {R"(-\frac{1}{2})", R"(\frac{1}{-2})", true},
    {R"(\frac{1}{0})", R"(\frac{2}{0})", false},
    {"1.5", "15", false},
    {"123456789012345678", "123456789012345679", false},
    {"x\\neq3", "x \\ne 3", true},
    {"[0,\\infty)", "x\\in[0,\\infty)", true},
    {R"(\begin{pmatrix} 1 \\ 2 \end{pmatrix})", R"(\begin{pmatrix}1\\2\end{pmatrix})", true},
    {R"(\begin{pmatrix} 1 \\ 2 \end{pmatrix})", R"(\begin{pmatrix}12\end{pmatrix})", false},
    {"-3", "\u22123", true},
    {"x \\le 5", "x\\leq5", true},
    {"x \\le 5", "x\\geq5", false},
    {R"(\text{(D)})", "D", true},
    {R"(\text{(D)})", R"(\textbf{(D)})", true},
    {R"(\text{(D)})", "E", false},
    {"(d)", "D", false},
    {R"(\text{north})", "North", true},
    {"x", "X", false},
    {R"(\begin{pmatrix} -1/4 \\ 3 \end{pmatrix})",
     R"(\begin{pmatrix} \frac{-1}{4} \\ 3 \end{pmatrix})", true},
    {R"((1/2, 3/4))", R"(\left(\dfrac{1}{2}, \frac34\right))", true},
    {R"(\{1/2, 2/3\})", R"(\{\frac12,\frac23\})", true},
    {R"(1/2\pi)", R"(\frac{1}{2}\pi)", false},
    {R"([0,1/2]\cup[1,2])", R"([0,\frac{1}{2}]\cup[1,2])", true},
    {R"(\begin{pmatrix} 3 \\ 7/4 \end{pmatrix})",
     R"(\begin{pmatrix} 3 \\ \dfrac{7}{4} \end{pmatrix})", true},
    {"2^1/2", R"(2^\frac{1}{2})", false},
    {"1/2x", R"(\frac{1}{2}x)", false},
    {"2+1/3", R"(2+\frac13)", true},
    {"1/2/3", R"(\frac{1}{2}/3)", false},
    {R"(\(17\))", "17", true},
    {R"(\$1{,}250)", "\u20ac1250", true},
};

/// Whole solutions; the right answer is the first text.
const std::vector<Pair> kSolutions = {
    {"2", R"(It is $\boxed{2}$.)", true},
    {"2", R"(First $\boxed{3}$, then $\boxed{2}$ it is.)", true},
    {"3", R"(First $\boxed{3}$, then $\boxed{2}$ it is.)", false},
    {R"(\frac{1}{2})", R"(So $x = \boxed{\frac{1}{2}}$, done)", true},
    {R"(\{1,2\})", R"($\boxed{\{1,2\}}$)", true},
    {"5", R"(It is $\boxed 5$ as said)", true},
    {"5", R"(It is $\fbox{5}$.)", true},
    {"5", R"(It is $\fbox{4}$ and $\boxed{5}$ and $\fbox{6}$.)", true},
    {"5", "Final Answer: The final answer is $5$. I hope it is correct.", true},
    {"5", "The final answer is 5. I hope it is correct.", true},
    {"5", "The final answer is: $x=5$.", true},
    {"1.5", "The final answer is $1.5$", true},
    {"5", "The final answer is $6$. I hope it is correct.\nThe number 5", false},
    {"5", R"(It is $\boxed{5}$. The final answer is $6$.)", true},
    {"5", "The answer is 5", false},
    {"5", R"(cut off: $\boxed{5)", false},
    {"4", R"(first $\boxed{4}$, then cut off: $\boxed{5)", true},
    {"5", "", false},
    {"5", R"($\boxed{}$)", false},
    {"5", R"(\boxed)", false},
    {"17", R"(The final answer is \(17\). I hope it is correct.)", true},
    {"18", R"(The final answer is \[18\])", true},
    {"18", "The final answer is:\n\\[\n18\n\\]", true},
    {"18", "The final answer is $$18$$.", true},
    {"17", R"(The final answer is \(18\) and not \(17\).)", false},
    {"2,4,6", R"(They are \boxed{2}, \boxed{4} and $\boxed{6}$.)", true},
    {"2,6", R"(They are $\boxed{2} \text{ and } \boxed{6}$.)", true},
    {"6", R"(They are \boxed{2} and \boxed{6}.)", false},
    {"6", R"(It is \boxed{6}, \boxed{6}.)", true},
    {"6", R"(Not \boxed{2} but \boxed{6}.)", true},
};

std::string boxed(const std::string& answer) {
  return "It is $\\boxed{" + answer + "}$.";
}

}  // namespace

TEST_CASE("math: answers labelled by hand, in both directions") {
  std::vector<Pair> pairs;
  for (const auto& pair : kAnswers) {
    pairs.push_back({pair.gold, boxed(pair.generated), pair.right});
    pairs.push_back({pair.generated, boxed(pair.gold), pair.right});
  }
  check_pairs(*bare_component<Task>("math"), pairs);
}

TEST_CASE("math: where the answer of a solution stands, labelled by hand") {
  check_pairs(*bare_component<Task>("math"), kSolutions);
}

TEST_CASE("math: the solution's box is right, rather than what was made of it") {
  const auto task = bare_component<Task>("math");
  const std::string made = quoted("\\le(1,2\\right)");
  const std::string solution = quoted("It is $\\boxed{\\left(1,2\\right)}$.");
  const auto row = row_of(made, "{\"answer\": " + made + ", \"solution\": " + solution + "}");
  CHECK(is_right(*task, row, "\\boxed{(1,2)}"));
  CHECK(is_right(*task, row_of("null", R"({"answer": "7"})"), "\\boxed{7}"));
  CHECK(is_right(*task, row_of("7", "{}"), "\\boxed{7}"));
  CHECK(contains(refusal(*task, row_of("\"$\"", R"({"solution": "none"})", 4)), "set.jsonl:5"));
}

TEST_CASE("math: what it cannot ask for or compare with is refused, with its place") {
  check_refusals(*bare_component<Task>("math"), R"({"answer": "4"})");
}
