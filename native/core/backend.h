#pragma once

#include <string>
#include <vector>

#include "backend_files.h"

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

// Makes the CPU backend ready, once for each process; a static build has it linked in. In the dynamic layout it is the
// best variant for this CPU of those that lie beside the addon, which is in `folder`, or `cpu_variant` unless that is
// empty. Also installs the log router. Call before anything else.
//
// GPU backends are left alone: what their drivers do to a process is found out elsewhere first (load_gpu_backend()).
//
// Returns whether it was this call that loaded it.
// Throws CodedError ERR_WHISPER_BACKEND_UNAVAILABLE if there is no CPU backend afterwards (whisper.cpp aborts then), or
// `cpu_variant` isn't there or can't run on this CPU.
bool load_backends(const std::string & folder, const std::string & cpu_variant = "");

// What load_backends() chose, and from what.
std::string cpu_variant();
std::vector<CpuVariant> cpu_variants();

// GPU backends that lay beside the addon when load_backends() looked, loaded or not.
std::vector<GpuBackendFile> gpu_backend_files();

// Adds the GPU backend in the file `path` for the rest of this process's life; without effect if it is there already.
// Takes up to seconds, and a broken driver may end the process: any thread but JavaScript's, and in a process that has
// something to lose only after it went well in another one. Returns whether it was this call that added it.
// Throws CodedError ERR_WHISPER_BACKEND_UNAVAILABLE with the loader's words, or the backend's own (no device).
bool load_gpu_backend(const std::string & path);

std::vector<DeviceInfo> list_devices();

// The device for a request: "auto" is the GPU `index` if there are GPUs, else the CPU; any other name must be there.
// Throws CodedError ERR_WHISPER_BACKEND_UNAVAILABLE naming what is available.
DeviceInfo select_device(const std::string & backend, int index);

// What this CPU build uses, as ggml names it: "AVX2", "FMA", "OPENMP", ...
std::vector<std::string> cpu_features();

}  // namespace steady
