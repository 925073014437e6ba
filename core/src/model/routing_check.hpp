#pragma once
// What a router may return (btx/router.hpp), checked. `who` names the router in messages. Every
// function that throws throws btx::Error (plugin). Called by one thread at a time.

#include <btx/router.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace btx {

/// Throws for tensors of another shape or type than logits [N, E] ask for. Looks at no value, so
/// that no device is waited for.
void check_routing_shapes(const std::string& who, const Routing& routing, const at::Tensor& logits);

/// Throws for an index that is neither an expert nor -1. Waits for the device.
void check_experts_now(const std::string& who, const at::Tensor& slots, std::int64_t experts);

/// The same without waiting: turns such indices into -1, so that no kernel reads beyond its memory,
/// and notes in `missing` (scalar bool; undefined: none so far) that there were some.
void note_missing_experts(at::Tensor& slots, std::int64_t experts, at::Tensor& missing);

/// Throws what check_experts_now() would have thrown, if `missing` says so. Waits for the device.
void check_missing_experts(const std::string& who, const at::Tensor& missing, std::int64_t experts);

}  // namespace btx
