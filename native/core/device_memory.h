#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "ggml-backend.h"

namespace steady {

// Of a whole GPU, whoever uses it.
struct DeviceMemory {
    uint64_t free_bytes = 0;
    uint64_t total_bytes = 0;
};

// Null is none.
bool is_gpu(ggml_backend_dev_t device);

// What the driver of `gpu` says; nothing where it doesn't say. Any thread but JavaScript's: it may wait for a buffer that
// is being allocated.
//
// Only for the device of a buffer that the caller keeps alive: see Context::device_memory(). ggml's CUDA backend counts
// the buffers and backends that live on each device, and while there are none it ends this query with cudaDeviceReset(),
// which takes all that this process has on that device, other libraries' memory included.
std::optional<DeviceMemory> query_device_memory(ggml_backend_dev_t gpu);

// Held by that query, and by what allocates or frees weights on a GPU. With `gpu` false, nothing is locked: contexts on
// the CPU wait for nobody.
//
// Why: a buffer counts from shortly after its allocation until shortly before it is freed, and in between a device whose
// count is 0 isn't empty. The count of a query's own device can't be 0, so this is the second line of defence; and a
// query tells of weights that are there or not, never of half of them. It is taken for the allocation alone, not for a
// whole load: the buffer counts while the weights are read into it, which takes seconds, and loads go on side by side.
//
// States are made and freed without it. Their backends and buffers are counted in the same way, but each state keeps
// its context, whose weights count before the state's first and after its last.
std::unique_lock<std::mutex> lock_device_memory(bool gpu);

#ifdef STEADY_TESTS
// From now on lock_device_memory(false) locks too, for machines without a GPU. The whole process.
void lock_device_memory_on_cpu(bool enabled);
#endif

}  // namespace steady
