#include "device_memory.h"

#include <atomic>

namespace steady {

namespace {

std::mutex mutex;

#ifdef STEADY_TESTS
std::atomic<bool> on_cpu_too{false};
#endif

}  // namespace

bool is_gpu(ggml_backend_dev_t device) {
    if (!device) {
        return false;
    }
    const auto type = ggml_backend_dev_type(device);
    return type == GGML_BACKEND_DEVICE_TYPE_GPU || type == GGML_BACKEND_DEVICE_TYPE_IGPU;
}

std::optional<DeviceMemory> query_device_memory(ggml_backend_dev_t gpu) {
    size_t free_bytes = 0;
    size_t total_bytes = 0;
    {
        const auto lock = lock_device_memory(true);
        ggml_backend_dev_memory(gpu, &free_bytes, &total_bytes);
    }
    if (total_bytes == 0) {
        return std::nullopt;
    }
    return DeviceMemory{free_bytes, total_bytes};
}

std::unique_lock<std::mutex> lock_device_memory(bool gpu) {
#ifdef STEADY_TESTS
    gpu = gpu || on_cpu_too;
#endif
    return gpu ? std::unique_lock<std::mutex>(mutex) : std::unique_lock<std::mutex>();
}

#ifdef STEADY_TESTS
void lock_device_memory_on_cpu(bool enabled) {
    on_cpu_too = enabled;
}
#endif

}  // namespace steady
