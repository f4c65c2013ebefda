#pragma once

#include <string>
#include <vector>

namespace steady {

// ggml's backends as loadable files, in the dynamic layout; a static build has none.

// One build of the CPU backend.
struct CpuVariant {
    std::string name;  // ggml's: "x64", "haswell", "armv8.2_1"; "native": the only one, compiled for one machine's CPU
    std::string path;
    int score = 0;        // ggml's own, by what this CPU has: the highest is the best; 0: it can't run here
    std::string problem;  // why it couldn't even be loaded; else empty
};

// All that lie in `folder`, the best first.
std::vector<CpuVariant> find_cpu_variants(const std::string & folder);

struct GpuBackendFile {
    std::string backend;  // "cuda" | "metal" | "vulkan"
    std::string path;
};

std::vector<GpuBackendFile> find_gpu_backends(const std::string & folder);

}  // namespace steady
