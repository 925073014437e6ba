#include "mix/check_plan.hpp"

#include "base/text.hpp"
#include "model_spec/layout.hpp"
#include "model_spec/rope.hpp"
#include "model_spec/sizes.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <utility>

namespace btx {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

[[noreturn]] void bad_plan(const std::string& what) {
  throw Error(ExitCode::plugin, "the merge strategy's plan is wrong: " + what);
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

using Shapes = std::vector<std::map<std::string, std::vector<std::int64_t>>>;

const std::vector<std::int64_t>& shape_of(const Shapes& shapes, const TensorRef& ref,
                                          const std::string& output) {
  if (ref.model >= shapes.size()) {
    bad_plan(fmt::format("'{}' reads model {} of {}", output, ref.model, shapes.size()));
  }
  const auto found = shapes[ref.model].find(ref.tensor);
  if (found == shapes[ref.model].end()) {
    bad_plan(fmt::format("'{}' reads '{}', which model {} does not have", output, ref.tensor,
                         ref.model));
  }
  return found->second;
}

void require_shape(const std::vector<std::int64_t>& got, const std::vector<std::int64_t>& wanted,
                   const std::string& output) {
  if (got == wanted) return;
  bad_plan(
      fmt::format("'{}' is {}, its origin gives {}", output, shape_text(wanted), shape_text(got)));
}

std::vector<std::int64_t> concatenated(const Shapes& shapes, const ConcatOrigin& origin,
                                       const std::string& output) {
  if (origin.from.empty()) bad_plan(fmt::format("'{}' joins nothing", output));
  std::vector<std::int64_t> shape = shape_of(shapes, origin.from.front(), output);
  shape[0] = 0;
  for (const auto& ref : origin.from) {
    auto part = shape_of(shapes, ref, output);
    shape[0] += std::exchange(part[0], 0);
    auto rest = shape;
    rest[0] = 0;
    require_shape(part, rest, output);
  }
  return shape;
}

void check_origin(const PlannedTensor& tensor, const Shapes& shapes) {
  const std::string& name = tensor.info.name;
  const auto& wanted = tensor.info.shape;
  std::visit(
      Overloaded{
          [&](const CopyOrigin& o) { require_shape(shape_of(shapes, o.from, name), wanted, name); },
          [&](const SliceOrigin& o) {
            auto shape = shape_of(shapes, o.from, name);
            const auto dim = static_cast<std::size_t>(o.dim);
            if (o.dim != 0 && (o.dim != 1 || shape.size() != 2)) {
              bad_plan(
                  fmt::format("'{}' slices dimension {} of {}", name, o.dim, shape_text(shape)));
            }
            if (o.begin < 0 || o.end < o.begin || o.end > shape[dim]) {
              bad_plan(fmt::format("'{}' takes {}..{} of {}", name, o.begin, o.end, shape[dim]));
            }
            shape[dim] = o.end - o.begin;
            require_shape(shape, wanted, name);
          },
          [&](const ConcatOrigin& o) {
            require_shape(concatenated(shapes, o, name), wanted, name);
          },
          [&](const WeightedSumOrigin& o) {
            if (o.from.empty() || o.from.size() != o.weights.size()) {
              bad_plan(fmt::format("'{}' averages {} tensors with {} weights", name, o.from.size(),
                                   o.weights.size()));
            }
            for (const auto& ref : o.from) {
              require_shape(shape_of(shapes, ref, name), wanted, name);
            }
          },
          [&](const InitOrigin&) {},
          [&](const FunctionOrigin& o) {
            if (!o.apply) bad_plan(fmt::format("'{}' has no function", name));
            for (const auto& ref : o.from) {
              const auto& shape = shape_of(shapes, ref, name);
              if (o.elementwise) require_shape(shape, wanted, name);
            }
          }},
      tensor.origin);
}

void check_outputs(const MixPlan& plan, const std::vector<TensorInfo>& wanted) {
  std::map<std::string, std::vector<std::int64_t>> planned;
  for (const auto& tensor : plan.tensors) {
    if (!planned.emplace(tensor.info.name, tensor.info.shape).second) {
      bad_plan(fmt::format("'{}' has two origins", tensor.info.name));
    }
  }
  for (const auto& tensor : wanted) {
    const auto found = planned.find(tensor.name);
    if (found == planned.end()) bad_plan(fmt::format("'{}' has no origin", tensor.name));
    require_shape(found->second, tensor.shape, tensor.name);
    planned.erase(found);
  }
  if (!planned.empty()) {
    bad_plan(fmt::format("'{}' is not a tensor of the result", planned.begin()->first));
  }
}

void check_inputs_used(const MixPlan& plan, const Shapes& shapes) {
  std::set<std::pair<std::size_t, std::string>> used;
  for (const auto& ref : plan.unused) used.emplace(ref.model, ref.tensor);
  for (const auto& tensor : plan.tensors) {
    for (const auto& ref : references(tensor.origin)) used.emplace(ref.model, ref.tensor);
  }
  for (std::size_t model = 0; model < shapes.size(); ++model) {
    for (const auto& [name, shape] : shapes[model]) {
      if (used.count({model, name}) != 0) continue;
      bad_plan(fmt::format("'{}' of model {} is neither used nor listed as unused", name, model));
    }
  }
}

template <class T>
void require_equal(const char* field, const T& a, const T& b, const MergeInput& first,
                   const MergeInput& other) {
  if (a == b) return;
  throw Error(ExitCode::usage,
              fmt::format("the models to be mixed differ: {} is {} in '{}' and {} in '{}'; mix "
                          "copies of one seed",
                          field, a, first.info.name, b, other.info.name));
}

std::string scaling_text(const RopeScaling& s) {
  if (s.type == RopeType::none) return "none";
  std::string text = fmt::format("{} with factor {}", rope_type_name(s.type), s.factor);
  if (s.type == RopeType::linear) return text;
  return fmt::format("{}, low {}, high {}, pretrained on {}", text, s.low_freq_factor,
                     s.high_freq_factor, s.original_max_position_embeddings);
}

/// Names, and the layers they are in.
std::string experts_text(const ModelConfig& c) {
  std::vector<std::string> names, layers;
  for (const auto& expert : c.experts) names.push_back(expert.name);
  for (std::int64_t layer = 0; layer < c.num_layers; ++layer) {
    if (c.is_mixture(layer)) layers.push_back(std::to_string(layer));
  }
  if (names.empty()) return "none";
  return fmt::format("{} in layers {}", join(names), join(layers));
}

std::string router_text(const ModelConfig& c) {
  if (c.num_experts() == 0) return "none";
  std::string text = fmt::format("{} {} for each {}", c.router.type, c.router.params,
                                 name_of(c.router.granularity));
  for (const auto& own : c.router.by_layer) {
    text += fmt::format(", {} {} in layers {}", own.type, own.params, fmt::join(own.layers, ", "));
  }
  return text;
}

}  // namespace

std::vector<TensorRef> references(const Origin& origin) {
  return std::visit(Overloaded{[](const CopyOrigin& o) { return std::vector{o.from}; },
                               [](const SliceOrigin& o) { return std::vector{o.from}; },
                               [](const ConcatOrigin& o) { return o.from; },
                               [](const WeightedSumOrigin& o) { return o.from; },
                               [](const InitOrigin&) { return std::vector<TensorRef>{}; },
                               [](const FunctionOrigin& o) { return o.from; }},
                    origin);
}

void check_mergeable(const std::vector<MergeInput>& models) {
  if (models.empty()) throw Error(ExitCode::usage, "mix: there is no model to be mixed");
  const MergeInput& first = models.front();
  for (const auto& other : models) {
    const ModelConfig &a = first.config, &b = other.config;
    const auto same = [&](const char* field, const auto& x, const auto& y) {
      require_equal(field, x, y, first, other);
    };
    std::vector<std::int64_t> theirs;
    for_each_size(b, [&](const SizeName&, std::int64_t value) { theirs.push_back(value); });
    auto value_of_other = theirs.begin();
    for_each_size(a, [&](const SizeName& size, std::int64_t value) {
      same(size.name, value, *value_of_other++);
    });
    same("rope_theta", a.rope_theta, b.rope_theta);
    same("rope scaling", scaling_text(a.rope_scaling), scaling_text(b.rope_scaling));
    same("rms_norm_eps", a.rms_norm_eps, b.rms_norm_eps);
    same("tie_embeddings", a.tie_embeddings, b.tie_embeddings);
    same("number of experts", a.num_experts(), b.num_experts());
    same("experts", experts_text(a), experts_text(b));
    same("router", router_text(a), router_text(b));
  }
}

void check_plan(const MixPlan& plan, const std::vector<MergeInput>& models,
                const std::vector<TensorInfo>& router_tensors) {
  std::vector<TensorInfo> wanted = tensor_layout(plan.config);
  wanted.insert(wanted.end(), router_tensors.begin(), router_tensors.end());
  check_outputs(plan, wanted);
  Shapes shapes;
  for (const auto& model : models) {
    auto& mine = shapes.emplace_back();
    for (const auto& tensor : model.tensors) mine[tensor.name] = tensor.shape;
  }
  for (const auto& tensor : plan.tensors) check_origin(tensor, shapes);
  check_inputs_used(plan, shapes);
}

}  // namespace btx
