#pragma once

#include <string>
#include <vector>

namespace steady {

// A compute device that ggml knows.
struct DeviceInfo {
    std::string backend;      // "cpu" | "cuda" | "metal" | "vulkan" | another ggml backend's name in lower case
    int index = 0;            // among the devices of its backend
    std::string name;         // ggml's: "CPU", "CUDA0"
    std::string description;  // "AMD EPYC ...", "NVIDIA H200"
    bool gpu = false;
    int gpu_ordinal = 0;  // whisper.cpp's gpu_device: the position among all GPU devices
};

// Loads the backends that lie as shared libraries in `folder` (dynamic builds), once for each process; a static build
// has its backend linked in. Also installs the log router. Call before anything else.
// Throws CodedError ERR_WHISPER_BACKEND_UNAVAILABLE if there is no CPU backend afterwards: whisper.cpp aborts then.
void load_backends(const std::string & folder);

std::vector<DeviceInfo> list_devices();

// The device for a request: "auto" is the GPU `index` if there are GPUs, else the CPU; any other name must be there.
// Throws CodedError ERR_WHISPER_BACKEND_UNAVAILABLE naming what is available.
DeviceInfo select_device(const std::string & backend, int index);

// What this CPU build uses, as ggml names it: "AVX2", "FMA", "OPENMP", ...
std::vector<std::string> cpu_features();

}  // namespace steady
