#include "mix/execute_plan.hpp"

#include "mix/check_plan.hpp"

#include <btx/random.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace btx {
namespace {

class Executor {
 public:
  Executor(const std::vector<const ModelFolder*>& models, std::uint64_t seed,
           SafetensorsWriter& writer)
      : models_(models), seed_(seed), writer_(writer) {}

  void write(const PlannedTensor& tensor) {
    dtype_ = tensor.info.dtype;
    elements_ = static_cast<std::uint64_t>(tensor.info.elements());
    std::visit([&](const auto& origin) { write_origin(origin, tensor.info); }, tensor.origin);
  }

 private:
  void write_origin(const CopyOrigin& origin, const TensorInfo& /*info*/) {
    copy(origin.from, 0, elements_);
  }

  void write_origin(const SliceOrigin& origin, const TensorInfo& info) {
    if (origin.dim == 1) {
      const auto rows = static_cast<std::uint64_t>(info.shape[0]);
      const auto width =
          static_cast<std::uint64_t>(model(origin.from).find(origin.from.tensor).info.shape[1]);
      for (std::uint64_t row = 0; row < rows; ++row) {
        copy(origin.from, row * width + static_cast<std::uint64_t>(origin.begin),
             static_cast<std::uint64_t>(origin.end - origin.begin));
      }
      return;
    }
    const auto row = info.shape[0] == 0 ? 0 : elements_ / static_cast<std::uint64_t>(info.shape[0]);
    copy(origin.from, static_cast<std::uint64_t>(origin.begin) * row, elements_);
  }

  void write_origin(const ConcatOrigin& origin, const TensorInfo& /*info*/) {
    for (const auto& ref : origin.from) {
      copy(ref, 0, static_cast<std::uint64_t>(model(ref).find(ref.tensor).info.elements()));
    }
  }

  void write_origin(const WeightedSumOrigin& origin, const TensorInfo& /*info*/) {
    slices([&](std::uint64_t first, std::span<float> out) {
      sum_.assign(out.size(), 0.0);
      for (std::size_t i = 0; i < origin.from.size(); ++i) {
        const auto part = input(0, origin.from[i], first, out.size());
        for (std::size_t j = 0; j < out.size(); ++j) sum_[j] += origin.weights[i] * part[j];
      }
      for (std::size_t j = 0; j < out.size(); ++j) out[j] = static_cast<float>(sum_[j]);
    });
  }

  void write_origin(const InitOrigin& origin, const TensorInfo& info) {
    const std::uint64_t key = random_key(seed_, "init/" + info.name);
    slices([&](std::uint64_t first, std::span<float> out) {
      for (std::size_t j = 0; j < out.size(); ++j) {
        out[j] = static_cast<float>(origin.mean) +
                 static_cast<float>(origin.std) * random_normal(key, first + j);
      }
    });
  }

  void write_origin(const FunctionOrigin& origin, const TensorInfo& /*info*/) {
    const std::uint64_t step =
        origin.elementwise ? kPlanSlice : std::max<std::uint64_t>(1, elements_);
    slices(
        [&](std::uint64_t first, std::span<float> out) {
          std::vector<std::span<const float>> inputs;
          for (std::size_t i = 0; i < origin.from.size(); ++i) {
            const auto whole = static_cast<std::size_t>(
                model(origin.from[i]).find(origin.from[i].tensor).info.elements());
            const std::size_t count = origin.elementwise ? out.size() : whole;
            inputs.push_back(input(i, origin.from[i], first, count));
          }
          origin.apply(inputs, first, out);
        },
        step);
  }

  /// Calls f(first, out) for consecutive slices and writes each.
  template <class F>
  void slices(F f, std::uint64_t step = kPlanSlice) {
    for (std::uint64_t first = 0; first < elements_; first += step) {
      output_.resize(std::min(step, elements_ - first));
      f(first, std::span<float>(output_));
      emit(output_);
    }
  }

  /// Bytes as they are where the type is the same, else through float32.
  void copy(const TensorRef& ref, std::uint64_t first, std::uint64_t count) {
    const StoredTensor& stored = model(ref).find(ref.tensor);
    const bool as_it_is = stored.info.dtype == dtype_;
    for (std::uint64_t at = 0; at < count; at += kPlanSlice) {
      const auto part = std::min<std::uint64_t>(kPlanSlice, count - at);
      if (as_it_is) {
        bytes_.resize(part * dtype_size(dtype_));
        model(ref).read_bytes(ref.tensor, (first + at) * dtype_size(dtype_), bytes_);
        writer_.append(bytes_.data(), bytes_.size());
      } else {
        emit(input(0, ref, first + at, part));
      }
    }
  }

  std::span<const float> input(std::size_t index, const TensorRef& ref, std::uint64_t first,
                               std::size_t count) {
    if (inputs_.size() <= index) inputs_.resize(index + 1);
    inputs_[index].resize(count);
    model(ref).read(ref.tensor, first, inputs_[index]);
    return inputs_[index];
  }

  void emit(std::span<const float> values) {
    bytes_.resize(values.size() * dtype_size(dtype_));
    narrow(dtype_, values, bytes_.data());
    writer_.append(bytes_.data(), bytes_.size());
  }

  const ModelFolder& model(const TensorRef& ref) const { return *models_[ref.model]; }

  const std::vector<const ModelFolder*>& models_;
  std::uint64_t seed_;
  SafetensorsWriter& writer_;
  DType dtype_ = DType::float32;
  std::uint64_t elements_ = 0;
  std::vector<std::vector<float>> inputs_;
  std::vector<float> output_;
  std::vector<double> sum_;  // so that the mean of equal models is that model, bit for bit
  std::vector<std::byte> bytes_;
};

}  // namespace

void execute_plan(const MixPlan& plan, const std::vector<const ModelFolder*>& models,
                  std::uint64_t seed, const fs::path& file) {
  std::vector<TensorInfo> infos;
  for (const auto& tensor : plan.tensors) infos.push_back(tensor.info);
  SafetensorsWriter writer(file, infos, {{"format", "pt"}});
  Executor executor(models, seed, writer);
  for (const auto& tensor : plan.tensors) executor.write(tensor);
  writer.close();
}

std::uint64_t plan_peak_bytes(const MixPlan& plan, const std::vector<MergeInput>& models) {
  std::map<std::pair<std::size_t, std::string>, std::int64_t> sizes;
  for (std::size_t model = 0; model < models.size(); ++model) {
    for (const auto& tensor : models[model].tensors)
      sizes[{model, tensor.name}] = tensor.elements();
  }
  std::uint64_t peak = 0;
  for (const auto& tensor : plan.tensors) {
    const auto* function = std::get_if<FunctionOrigin>(&tensor.origin);
    const auto inputs = references(tensor.origin);
    std::uint64_t elements = kPlanSlice * (inputs.size() + 2);
    if (function != nullptr && !function->elementwise) {
      elements = 2 * static_cast<std::uint64_t>(tensor.info.elements());
      for (const auto& ref : inputs) {
        elements += static_cast<std::uint64_t>(sizes[{ref.model, ref.tensor}]);
      }
    }
    peak = std::max(peak, elements * 4);
  }
  return peak;
}

}  // namespace btx
