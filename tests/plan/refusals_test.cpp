// What is refused before anything runs, and the key that a message points at.
#include "plan/recipe.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

/// The message after the place, which must be that of line `line` of the changes.
std::string refusal(int line, const std::string& changes) {
  const Caught result = caught([&] { planned(changes); });
  CHECK(result.code == ExitCode::usage);
  const std::string place = "changes.toml:" + std::to_string(line) + ":";
  CHECK_MESSAGE(contains(result.message, place), result.message);
  const std::size_t end = result.message.find(": ");
  return end == std::string::npos ? result.message : result.message.substr(end + 2);
}

std::string baseline(const std::string& rest) {
  return "[[baseline]]\nname = \"x\"\n" + rest;
}

}  // namespace

TEST_CASE("a baseline that says too little or too much is refused at the key that is wrong") {
  CHECK(refusal(1, baseline("")) ==
        "baseline 'x': has from = \"experts\" but neither mix nor ensemble; add mix = { strategy = "
        "\"...\" } or ensemble = { type = \"...\" }");
  CHECK(
      refusal(3, baseline("from = \"seed\"")) ==
      "baseline 'x': has from = \"seed\" and would be the seed itself; add match or train.tokens");
  CHECK(refusal(5, baseline("from = \"seed\"\nmatch = \"data\"\ntrain = { tokens = 5 }")) ==
        "baseline 'x': train.tokens cannot be given together with match, which sets the number of "
        "tokens; remove one");
  CHECK(
      contains(refusal(5, baseline("from = \"seed\"\nmatch = \"data\"\ntrain = { data = { code = 1 "
                                   "} }")),
               "remove train.data"));
  CHECK(contains(refusal(4, "finetune = { tokens = 0 }\n" +
                                baseline("match = \"device_time\"\nmix = { strategy = \"btx\" }")),
                 "needs a trained finetune stage to measure the time of one token"));
}

TEST_CASE("settings of one model that nothing reads are refused") {
  CHECK(contains(refusal(3, baseline("router = { type = \"switch\" }\nfrom = \"seed\"\nmatch = "
                                     "\"data\"")),
                 "no mix that would make mixture layers"));
  CHECK(contains(refusal(4, baseline("mix = { strategy = \"btm_average\" }\nrouter = { type = "
                                     "\"switch\" }")),
                 "baseline.x.router: there are no mixture layers"));
  CHECK(contains(refusal(4, baseline("mix = { strategy = \"btx\" }\nrouter = { layers = [7] }")),
                 "baseline.x.router.layers: there is no layer 7"));
  CHECK(contains(refusal(4, baseline("import = \"nowhere\"\nmatch = \"data\"")), "remove match"));
  CHECK(contains(
      refusal(3, baseline("cost = { tokens = \"5B\" }\nfrom = \"seed\"\nmatch = \"data\"")),
      "but it is made here"));
  CHECK(
      contains(refusal(5, baseline("match = \"data\"\nfrom = \"seed\"\ntrain = { phase = [{ name = "
                                   "\"a\" }] }")),
               "train.phase cannot be given together with match"));
}

TEST_CASE("gates that would find all experts alike are refused before anything is trained") {
  const std::string init = "init = { type = \"domain_mean\" }";
  CHECK(contains(refusal(4, "[[baseline]]\nname = \"up\"\nfrom = \"seed\"\nrouter = { " + init +
                                " }\nmatch = \"data\"\nmix = { strategy = \"upcycle\" }"),
                 "all were trained on the same"));
  CHECK(
      contains(refusal(1, "router = { " + init +
                              " }\nmix = { params = { blend = true }, include_seed_expert = false "
                              "}"),
               "all were trained on the same"));
}

TEST_CASE("routers of layers that are not there, or are another's, are refused") {
  const auto with = [](const std::string& rest) {
    return "router = { by_layer = [{ name = \"own\", " + rest + " }] }";
  };
  CHECK(contains(refusal(1, with("layers = [2]")), "router.by_layer.own.layers: layer 2"));
  CHECK(contains(refusal(1, with("layers = []")), "needs layers"));
  CHECK(contains(refusal(1, with("layers = [1, 1]")), "layer 1 is given twice"));
  CHECK(contains(refusal(1, with("layers = [1], params = { k = 9 }")), "k is 9"));
  CHECK(contains(refusal(2, "\nrouter.type = \"expert_choice\""), "cannot be scored"));
  CHECK(contains(refusal(1,
                         "router = { granularity = \"model\", by_layer = [{ name = \"own\", layers "
                         "= [1] }] }"),
                 "decides for all"));
}

TEST_CASE("phases without names, tokens or with both budgets are refused") {
  CHECK(contains(refusal(1, "finetune = { phase = [{ tokens = 5 }] }"), "each with a name"));
  CHECK(contains(refusal(1, "finetune = { tokens = 0, phase = [{ name = \"a\" }] }"),
                 "finetune.phase.a: has no tokens"));
  CHECK(contains(refusal(1, "finetune = { phase = [{ name = \"a\" }, { name = \"a\" }] }"), "a"));
  CHECK(contains(refusal(1, "finetune = { flops = 1e9 }"), "both tokens and flops"));
}

TEST_CASE("phases that would be called as other stages of a baseline are refused") {
  for (const std::string name : {"mix", "experts"}) {
    const std::string phase = "train = { phase = [{ name = \"" + name + "\", tokens = 5 }] }";
    CHECK(contains(refusal(1, "finetune = { phase = [{ name = \"" + name + "\" }] }"),
                   "stages of baselines are called so"));
    CHECK(contains(refusal(4, baseline("mix = { strategy = \"btx\" }\n" + phase)),
                   "give the phase another name"));
  }
}

TEST_CASE("budgets of more tokens than a stage can have are refused where they are written") {
  CHECK(
      contains(refusal(1, "finetune = { tokens = 0, flops = 1e40 }"), "finetune.flops: asks for "));
  CHECK(contains(refusal(6, "run = { rates = { dense = 1e-20, mixture = 10 } }\n" +
                                baseline("mix = { strategy = \"btx\" }\nfrom = \"seed\"\nmatch = "
                                         "\"device_time\"")),
                 "baseline.x.match: asks for "));
}

TEST_CASE("experts that start from what is not there, or from each other, are refused") {
  const std::string code = "[[expert]]\nname = \"code\"\nfrom = ";
  CHECK(contains(refusal(3, code + "{ history = 1 }"), "from: no expert 'history'"));
  CHECK(contains(refusal(3, code + "{ maths = 0 }"), "the weights' sum is 0"));
  CHECK(contains(
      refusal(3, code + "{ maths = 1 }\n[[expert]]\nname = \"maths\"\nfrom = { code = 1 }"),
      "it would start from itself"));
}

TEST_CASE("a model that is made from all that it is matched with is refused") {
  CHECK(
      contains(refusal(5, "finetune = { tokens = 0 }\n" +
                              baseline("mix = { strategy = \"btm_average\" }\nmatch = \"flops\"")),
               "nothing is left to be trained"));
}

TEST_CASE("names that two models would share are refused") {
  for (const char* name : {"code", "seed", "mixture"}) {
    const std::string changes =
        std::string("[[baseline]]\nname = \"") + name + "\"\nfrom = \"seed\"\nmatch = \"data\"";
    CHECK(contains(refusal(1, changes), "another model has that name"));
  }
}

TEST_CASE("names that are no file names of a stage's own are refused") {
  for (const std::string name : {"a/b", ".a", "a.json", ""}) {
    CHECK(contains(refusal(1, "finetune = { phase = [{ name = \"" + name + "\" }] }"),
                   "a name has 1 to 64 of letters"));
  }
}

TEST_CASE("a task that cannot score a domain's text is refused before anything is trained") {
  const std::string message = refusal(1, "eval = { tasks = [\"choices\"] }");
  CHECK(contains(message, "eval.tasks: 'choices' cannot score a domain's held-out text"));
  CHECK(contains(message, "give it a file of its own with [[eval.set]]"));
}

TEST_CASE("a router that cannot route single matrices is refused at router.granularity") {
  const std::string message =
      refusal(1, "router = { type = \"switch\", params = {}, granularity = \"linear\" }");
  CHECK(contains(message, "router 'switch' cannot route the matrices of an FFN one by one"));
}

TEST_CASE("layers, domains and batches that are not there are refused") {
  CHECK(contains(refusal(1, "router = { layers = [2] }"), "there is no layer 2"));
  CHECK(contains(refusal(1, "finetune = { data = { cod = 1 } }"),
                 "no domain 'cod'; did you mean 'code'? known: code, maths"));
  CHECK(contains(refusal(1, "finetune = { batch_tokens = 95 }"),
                 "finetune.batch_tokens: 95 is not a multiple of the sequence length, 10"));
}

TEST_CASE(
    "a set whose prior is from a domain that is not there is refused, and a group that is called "
    "as the mean of all") {
  const std::string set =
      "[[eval.set]]\nname = \"quiz\"\nrequests = \"text/quiz.jsonl\"\ntask = \"choices\"\n";
  CHECK(contains(refusal(5, set + "prior_from = \"cod\""),
                 "evaluation set 'quiz': prior_from: no domain 'cod'; did you mean 'code'?"));
  CHECK(contains(refusal(5, set + "groups = [\"reasoning\", \"mean\"]"),
                 "evaluation set 'quiz': 'mean' is what the mean of all sets is called"));
}
