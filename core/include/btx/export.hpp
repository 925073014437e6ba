#pragma once
// Visibility of what crosses the boundary between the core, the program and plugins.
#define BTX_EXPORT __attribute__((visibility("default")))
