#include "backend.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <mutex>

#include "backend_registry.h"
#include "coded_error.h"
#include "device_memory.h"
#include "ggml-backend-impl.h"
#include "ggml-backend.h"
#include "log_router.h"
#include "shared_library.h"

namespace steady {

namespace {

// Where a build has one CPU backend, for the CPU of the machine that compiled it.
[[maybe_unused]] constexpr const char * kOnlyVariant = "native";

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
    throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE", what + "; available: " + available(devices));
}

// What load_backends() found; never changed after that.
struct Chosen {
    std::string folder;
    std::string variant;
    std::vector<CpuVariant> variants;
    std::vector<GpuBackendFile> gpu_backends;
};
Chosen chosen;

#ifdef STEADY_BACKEND_DL
Chosen choose_cpu_backend(const std::string & folder, const std::string & wanted) {
    Chosen result{folder, "", find_cpu_variants(folder), find_gpu_backends(folder)};
    // ggml's own choice (ggml_backend_load_all_from_path) loads every GPU backend that lies there along the way.
    const auto best = std::find_if(result.variants.begin(), result.variants.end(), [&](const CpuVariant & variant) {
        return variant.score > 0 && (wanted.empty() || variant.name == wanted);
    });
    if (best != result.variants.end()) {
        if (ggml_backend_load(best->path.c_str())) {
            result.variant = best->name;
        } else {
            best->problem = "ggml can't load it, whose version may be another";
        }
    } else if (!wanted.empty()) {
        std::string names;
        for (const CpuVariant & variant : result.variants) {
            names += variant.score > 0 ? (names.empty() ? "" : ", ") + variant.name : "";
        }
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE",
                         "there is no CPU backend \"" + wanted + "\" for this CPU in " + folder + "; there are: " +
                             (names.empty() ? "none" : names) + ". STEADY_WHISPER_CPU_VARIANT must name one of them");
    }
    return result;
}
#else
Chosen choose_cpu_backend(const std::string & folder, const std::string & wanted) {
    if (!wanted.empty() && wanted != kOnlyVariant) {
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE",
                         "this build has one CPU backend, \"native\"; STEADY_WHISPER_CPU_VARIANT must be that or "
                         "empty, and is \"" +
                             wanted + "\"");
    }
    return {folder, kOnlyVariant, {{kOnlyVariant, "", 1, ""}}, {}};
}
#endif

// Why each of `variants` is none for this process.
std::string problems(const std::vector<CpuVariant> & variants) {
    std::string text;
    for (const CpuVariant & variant : variants) {
        text += (text.empty() ? ": " : ", ") + variant.name + " (" +
                (variant.problem.empty() ? "needs instructions that this CPU hasn't got" : variant.problem) + ")";
    }
    return text.empty() ? ", where there is none" : text;
}

// What ggml constructs at its first use is destroyed before what was constructed earlier, exit handlers included. Jobs
// are stopped by one (native/addon/native_work.h), so what they use has to be there before that is installed.
void construct_statics(ggml_backend_dev_t device) {
    ggml_backend_dev_buffer_type(device);
    ggml_backend_dev_host_buffer_type(device);
    auto * get_extra_buffer_types = reinterpret_cast<ggml_backend_dev_get_extra_bufts_t>(
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), "ggml_backend_dev_get_extra_bufts"));
    if (get_extra_buffer_types) {
        get_extra_buffer_types(device);
    }
}

}  // namespace

bool load_backends(const std::string & folder, const std::string & cpu_variant) {
    static std::mutex mutex;
    static bool loaded = false;
    const std::lock_guard<std::mutex> lock(mutex);
    install_log_router();
    if (loaded) {
        return false;
    }
    chosen = choose_cpu_backend(folder + "/" STEADY_LIBRARY_FOLDER, cpu_variant);
    if (!ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU)) {
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE",
                         "no CPU backend could be loaded from " + chosen.folder + problems(chosen.variants));
    }
    construct_statics(ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU));
    loaded = true;
    return true;
}

std::string cpu_variant() {
    return chosen.variant;
}

std::vector<CpuVariant> cpu_variants() {
    return chosen.variants;
}

std::vector<GpuBackendFile> gpu_backend_files() {
    return chosen.gpu_backends;
}

bool load_gpu_backend(const std::string & path) {
    // Two contexts may ask for the same one at the same time.
    static std::mutex mutex;
    static std::vector<std::string> loaded;
    const std::lock_guard<std::mutex> lock(mutex);
    if (std::find(loaded.begin(), loaded.end(), path) != loaded.end()) {
        return false;
    }
    const LogScope log_scope(nullptr);
    SharedLibrary library(path);
    // The slow part, without the registry's lock: the driver starts, and looks for devices. Done once: later calls give
    // what this one found.
    const auto init = reinterpret_cast<ggml_backend_init_t>(library.symbol("ggml_backend_init"));
    ggml_backend_reg_t registry = init ? init() : nullptr;
    library.keep();  // what a driver has started can't be unloaded
    const std::string problem = log_scope.last_problem().empty() ? "" : ": " + log_scope.last_problem();
    if (!init || (registry && registry->api_version != GGML_BACKEND_API_VERSION)) {
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE", path + " is no backend of this version of ggml");
    }
    if (!registry) {
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE", path + " could not be initialised" + problem);
    }
    if (ggml_backend_reg_dev_count(registry) == 0) {
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE", path + " finds no device" + problem);
    }
    for (size_t i = 0; i < ggml_backend_reg_dev_count(registry); ++i) {
        construct_statics(ggml_backend_reg_dev_get(registry, i));
    }
    {
        const auto registry_lock = write_backend_registry();
        ggml_backend_register(registry);
    }
    loaded.push_back(path);
    return true;
}

std::vector<DeviceInfo> list_devices() {
    std::vector<DeviceInfo> devices;
    int gpus = 0;
    const auto lock = read_backend_registry();
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
    const auto lock = read_backend_registry();
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
