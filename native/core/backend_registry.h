#pragma once

#include <mutex>
#include <shared_mutex>

namespace steady {

// ggml's registry of backends and devices is a vector without a lock, and a GPU backend is added to it while other
// contexts load models and run jobs. It only grows, so every single look at it is safe below this lock; upstream's own
// looks get it in upstream_hooks.h.
std::shared_lock<std::shared_mutex> read_backend_registry();
std::unique_lock<std::shared_mutex> write_backend_registry();

}  // namespace steady
