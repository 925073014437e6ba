#include "recipe/sweep.hpp"

#include "config/folder.hpp"
#include "config/toml_file.hpp"

#include <doctest/doctest.h>

using btx::read_sweep_arguments;
using btx::read_sweep_table;
using btx::sweep_points;
using Texts = std::vector<std::string>;

namespace {

std::vector<btx::SweepStep> table(const std::string& toml) {
  return read_sweep_table(btx::parse_toml_text(toml, "sweep.toml"));
}

Texts values(const std::string& argument) {
  return read_sweep_arguments({argument}).at(0).values;
}

std::string sweep_refusal(const Texts& arguments) {
  return btx_test::usage_error_of([&] { sweep_points({}, read_sweep_arguments(arguments)); });
}

}  // namespace

TEST_CASE("lists and ranges are axes, other values are changes") {
  CHECK(values("a.b=1,2,3") == Texts{"1", "2", "3"});
  CHECK(values("a= x , y") == Texts{"x", "y"});
  CHECK(values("a=1..3,7,-2..-1") == Texts{"1", "2", "3", "7", "-2", "-1"});
  CHECK(values("a=4..4") == Texts{"4"});
  CHECK(values("a=[1,2],[3]") == Texts{"[1,2]", "[3]"});
  CHECK(values("a={x=1,y=2},{x=2}") == Texts{"{x=1,y=2}", "{x=2}"});
  CHECK(values(R"(a="x,\",y",'z,')") == Texts{R"("x,\",y")", "'z,'"});
  for (const char* change :
       {"a=1", "a=[1,2]", "a=\"x,y\"", "a=don't, do", "a=../x", "a=1..x", "~a"}) {
    CHECK(read_sweep_arguments({change}).at(0).change == change);
    CHECK_FALSE(read_sweep_arguments({change}).at(0).is_axis());
  }
}

TEST_CASE("points are every combination, changes in the order of the command line") {
  const auto points = sweep_points({}, read_sweep_arguments({"x=0", "r.t=a,b", "r.k=2", "s=1..2"}));
  REQUIRE(points.size() == 4);
  CHECK(points[0].changes == Texts{"x=0", "r.t=a", "r.k=2", "s=1"});
  CHECK(points[1].changes == Texts{"x=0", "r.t=a", "r.k=2", "s=2"});
  CHECK(points[2].changes == Texts{"x=0", "r.t=b", "r.k=2", "s=1"});
  CHECK(points[3].label == "r.t=b, s=2");
  CHECK(points[3].name == "r.t-b--s-2");
}

TEST_CASE("a table's axes come first; those of the command line replace them") {
  const auto axes = table("\"run.seed\" = [1, 2]\nrouter.type = [\"top_k\", \"switch\"]\nk = [3]");
  auto points = sweep_points(axes, {});
  REQUIRE(points.size() == 4);
  CHECK(points[1].changes == Texts{"run.seed=1", "router.type=\"switch\"", "k=3"});
  CHECK(points[1].label == "run.seed=1, router.type=switch, k=3");
  CHECK(points[1].name == "run.seed-1--router.type-switch--k-3");
  points = sweep_points(axes, read_sweep_arguments({"run . seed=7", "k=1,2", "~router.type"}));
  REQUIRE(points.size() == 2);
  CHECK(points[1].changes == Texts{"run . seed=7", "k=2", "~router.type"});
}

TEST_CASE("names of runs hold what they may and stay apart") {
  const auto points =
      sweep_points({}, read_sweep_arguments({"a=x/y,x:y,\"" + std::string(90, 'z') + "\""}));
  for (const auto& point : points) CHECK(point.name.size() <= 64);
  CHECK(points[0].name.starts_with("a-x_y-"));
  CHECK(points[1].name.starts_with("a-x_y-"));
  CHECK(points[0].name != points[1].name);
}

TEST_CASE("bad axes are refused with what is wrong") {
  CHECK(sweep_refusal({"a=1"}).starts_with("nothing to sweep"));
  CHECK(sweep_refusal({"a=1,"}) ==
        "command line: a=1,: a value is missing; write key=a,b,c or key=1..5");
  CHECK(sweep_refusal({"a=3..1"}) == "command line: a=3..1: 3..1 runs backwards");
  CHECK(sweep_refusal({"a=1,1"}) == "command line: a=1,1: a has the value 1 twice");
  CHECK(sweep_refusal({"a=1,2", "\"a\"=3,4"}).ends_with("is given twice"));
  CHECK(sweep_refusal({"a=1..200", "b=1..200"}).starts_with("a sweep of more than 10000 points"));
  CHECK(sweep_refusal({"a=-9223372036854775808..9223372036854775807"})
            .ends_with("more than 10000 values"));
  CHECK(sweep_refusal({"run.store=a,b"}).starts_with("run.store cannot be varied"));
  CHECK(sweep_refusal({"sweep.x=1,2"}).starts_with("sweep.x cannot be varied"));
  CHECK(btx_test::usage_error_of([] { table("a = []"); }) ==
        "sweep.toml:1:5: [sweep] a needs a list of values, got []");
}
