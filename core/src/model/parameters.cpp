#include "model/parameters.hpp"

#include "model_spec/tensor_names.hpp"

#include <btx/error.hpp>

#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <set>

namespace btx {

Parameters::Parameters(const std::vector<TensorInfo>& tensors, at::ScalarType compute,
                       at::Device device, const Chosen& trained, const Chosen& exact) {
  const at::ScalarType wide = compute == at::kDouble ? at::kDouble : at::kFloat;
  const bool all = compute == wide || trained || !exact;
  std::int64_t size = 0;
  std::int64_t masters = 0;
  for (const auto& info : tensors) {
    const bool has_master = all || exact(info.name);
    index_.emplace(info.name, entries_.size());
    entries_.push_back({info, size, has_master ? masters : -1, trained && trained(info.name)});
    size += info.elements();
    if (has_master) masters += info.elements();
  }
  const auto options = at::TensorOptions().device(device);
  master_ = at::zeros({masters}, options.dtype(wide));
  if (trained) place_gradients();
  compute_ = compute == wide ? master_ : at::zeros({size}, options.dtype(compute));
}

void Parameters::place_gradients() {
  std::set<std::string> groups;
  for (const auto& entry : entries_) {
    if (entry.trained) groups.insert(fused_with(entry.info.name));
  }
  std::int64_t size = 0;
  for (auto& entry : entries_) {
    if (groups.count(fused_with(entry.info.name)) == 0) continue;
    entry.gradient_offset = size;
    size += entry.info.elements();
  }
  gradient_ = at::zeros({size}, master_.options());
}

const Parameters::Entry& Parameters::entry(const std::string& name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) throw Error(fmt::format("the model has no tensor '{}'", name));
  return entries_[found->second];
}

at::Tensor Parameters::stored(const Entry& first, std::int64_t elements) const {
  return first.master_offset < 0 ? compute_.narrow(0, first.offset, elements)
                                 : master_.narrow(0, first.master_offset, elements);
}

at::Tensor Parameters::view(const std::string& name) const {
  const Entry& found = entry(name);
  return stored(found, found.info.elements()).view(found.info.shape);
}

Weight Parameters::weight(const std::string& first, std::size_t count,
                          at::IntArrayRef shape) const {
  const std::size_t begin = index_.at(entry(first).info.name);
  std::int64_t elements = 0;
  for (std::size_t i = begin; i < begin + count; ++i) elements += entries_.at(i).info.elements();
  Weight weight;
  weight.master = stored(entries_[begin], elements).view(shape).detach();
  weight.compute = compute_.narrow(0, entries_[begin].offset, elements).view(shape).detach();
  const std::int64_t gradient = entries_[begin].gradient_offset;
  if (gradient >= 0) {
    weight.master.set_requires_grad(true);
    weight.master.mutable_grad() = gradient_.narrow(0, gradient, elements).view(shape);
  }
  return weight;
}

Weight Parameters::weight(const std::string& name) const {
  return weight(name, 1, entry(name).info.shape);
}

at::Tensor Parameters::copy_of(std::int64_t offset, std::int64_t elements) const {
  return compute_.is_same(master_) ? at::Tensor() : compute_.narrow(0, offset, elements);
}

void Parameters::refresh() {
  if (compute_.is_same(master_)) return;
  if (master_.numel() == compute_.numel()) {
    compute_.copy_(master_);
    return;
  }
  for (const auto& entry : entries_) {
    if (entry.master_offset < 0) continue;
    const std::int64_t elements = entry.info.elements();
    compute_.narrow(0, entry.offset, elements).copy_(stored(entry, elements));
  }
}

void Parameters::zero_gradient() {
  gradient_.zero_();
}

void Parameters::drop_frozen_gradients() {
  for (const auto& entry : entries_) {
    if (entry.trained || entry.gradient_offset < 0) continue;
    gradient_.narrow(0, entry.gradient_offset, entry.info.elements()).zero_();
  }
}

}  // namespace btx
