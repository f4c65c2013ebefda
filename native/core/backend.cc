#include "backend.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <mutex>

#include "coded_error.h"
#include "device_memory.h"
#include "ggml-backend.h"
#include "log_router.h"

namespace steady {

namespace {

// ggml's registry names: "CPU", "CUDA", "Metal" (also "MTL"), "Vulkan".
std::string backend_name(ggml_backend_dev_t device) {
    std::string name = ggml_backend_reg_name(ggml_backend_dev_backend_reg(device));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name == "mtl" ? "metal" : name;
}

std::string available(const std::vector<DeviceInfo> & devices) {
    std::string text;
    for (const DeviceInfo & device : devices) {
        text += (text.empty() ? "" : ", ") + device.backend + " " + std::to_string(device.index) + " (" +
                device.description + ")";
    }
    return text.empty() ? "none" : text;
}

[[noreturn]] void throw_unavailable(const std::string & what, const std::vector<DeviceInfo> & devices) {
    throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE",
                     what + "; available: " + available(devices) +
                         ". Build the backend with `npm run build:native -- --cuda`, check the driver, or use backend "
                         "\"auto\" or \"cpu\"");
}

// What ggml constructs at its first use is destroyed before what was constructed earlier, exit handlers included. Jobs
// are stopped by one (native/addon/native_work.h), so what they use has to be there before that is installed.
void construct_statics() {
    ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    auto * get_extra_buffer_types = reinterpret_cast<ggml_backend_dev_get_extra_bufts_t>(
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(cpu), "ggml_backend_dev_get_extra_bufts"));
    if (get_extra_buffer_types) {
        get_extra_buffer_types(cpu);
    }
}

}  // namespace

void load_backends(const std::string & folder) {
    static std::mutex mutex;
    static bool loaded = false;
    std::lock_guard<std::mutex> lock(mutex);
    install_log_router();
    if (!loaded) {
#ifdef STEADY_BACKEND_DL
        // Always by folder: ggml's own search looks beside the executable (node) and in the working directory.
        ggml_backend_load_all_from_path(folder.c_str());
#else
        static_cast<void>(folder);
#endif
        loaded = true;
    }
    if (!ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU)) {
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE",
                         "no CPU backend could be loaded from " + folder + ": rebuild with `npm run build:native`");
    }
    construct_statics();
}

std::vector<DeviceInfo> list_devices() {
    std::vector<DeviceInfo> devices;
    int gpus = 0;
    for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        ggml_backend_dev_t handle = ggml_backend_dev_get(i);
        const bool gpu = is_gpu(handle);
        if (!gpu && ggml_backend_dev_type(handle) != GGML_BACKEND_DEVICE_TYPE_CPU) {
            continue;  // accelerators like BLAS help the CPU; nobody selects them
        }
        DeviceInfo device;
        device.backend = backend_name(handle);
        device.name = ggml_backend_dev_name(handle);
        device.description = ggml_backend_dev_description(handle);
        device.gpu = gpu;
        device.gpu_ordinal = gpu ? gpus++ : 0;
        device.index = static_cast<int>(std::count_if(
            devices.begin(), devices.end(), [&](const DeviceInfo & other) { return other.backend == device.backend; }));
        devices.push_back(device);
    }
    return devices;
}

DeviceInfo select_device(const std::string & backend, int index) {
    const std::vector<DeviceInfo> devices = list_devices();
    const bool any_gpu = std::any_of(devices.begin(), devices.end(), [](const DeviceInfo & d) { return d.gpu; });
    for (const DeviceInfo & device : devices) {
        if (backend == "auto" ? (any_gpu ? device.gpu && device.gpu_ordinal == index : !device.gpu && index == 0)
                              : device.backend == backend && device.index == index) {
            return device;
        }
    }
    throw_unavailable("backend \"" + backend + "\" with device " + std::to_string(index) + " is not available",
                      devices);
}

std::vector<std::string> cpu_features() {
    std::vector<std::string> names;
    ggml_backend_dev_t cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    if (!cpu) {
        return names;  // load_backends() has not been called, or has failed
    }
    auto * get_features = reinterpret_cast<ggml_backend_get_features_t>(
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(cpu), "ggml_backend_get_features"));
    if (get_features) {
        for (ggml_backend_feature * feature = get_features(ggml_backend_dev_backend_reg(cpu)); feature->name;
             ++feature) {
            if (std::strcmp(feature->value, "0") != 0) {
                names.emplace_back(feature->name);
            }
        }
    }
    return names;
}

}  // namespace steady
