# A relocatable folder: bin/btx, lib/, lib/btx/plugins, recipes, and the SDK with its CMake package.
