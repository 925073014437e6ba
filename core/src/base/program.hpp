#pragma once
// Where the program and its parts lie on this machine.

#include <btx/export.hpp>

#include <filesystem>

namespace btx {

/// The running program's own file.
BTX_EXPORT std::filesystem::path program_path();

/// The folder of the plugins that came with it: plugins/ beside it in a build folder, else
/// ../lib/btx/plugins.
BTX_EXPORT std::filesystem::path program_plugin_folder();

/// The folder of the recipes that came with it: ../share/btx/recipes, else recipes/ beside the
/// build folder.
std::filesystem::path program_recipe_folder();

/// Freed activations stay with the process: handing them back to the system and zeroing new pages
/// at every operation is work for nothing. open_core() calls it.   [main]
BTX_EXPORT void keep_freed_memory();

/// Opens the library with the model, training and evaluation, and LibTorch before it: from
/// BTX_TORCH_DIR, else from where it was built with, else from the installed python3's torch.
/// Does nothing the second time. Throws btx::Error (run) naming the places that were tried. [main]
BTX_EXPORT void open_core();

/// The folder of the LibTorch that open_core() opened, with lib/ in it. Opens it if need be.
BTX_EXPORT const std::filesystem::path& torch_folder();

/// The library with kernels for NVIDIA's GPUs that core's own library is to open: the file that
/// BTX_CUDA_MODULE names, else libbtx_cuda.so beside it; empty where there is none. Throws
/// btx::Error (usage) where BTX_CUDA_MODULE names no file.   [any]
BTX_EXPORT std::filesystem::path cuda_module();

/// A symbol of that library, which is opened if need be. Throws btx::Error (run) if it is missing.
void* core_symbol(const char* name);

}  // namespace btx
