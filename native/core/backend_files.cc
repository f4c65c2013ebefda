#include "backend_files.h"

#include <algorithm>
#include <filesystem>

#include "coded_error.h"
#include "shared_library.h"

namespace steady {

namespace {

// ggml's names: CMake modules are .so on macOS too.
#ifdef _WIN32
const std::string kPrefix = "ggml-";
const std::string kSuffix = ".dll";
#else
const std::string kPrefix = "libggml-";
const std::string kSuffix = ".so";
#endif

struct BackendFile {
    std::string stem;  // "cpu-haswell" of libggml-cpu-haswell.so
    std::string path;
};

std::vector<BackendFile> find_backend_files(const std::string & folder) {
    std::vector<BackendFile> files;
    std::error_code error;
    std::filesystem::directory_iterator entries(std::filesystem::u8path(folder), error);
    const std::filesystem::directory_iterator end;
    for (; !error && entries != end; entries.increment(error)) {
        const std::string name = entries->path().filename().u8string();
        if (name.size() > kPrefix.size() + kSuffix.size() && name.compare(0, kPrefix.size(), kPrefix) == 0 &&
            name.compare(name.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0) {
            files.push_back({name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()),
                             entries->path().u8string()});
        }
    }
    // A folder has no order of its own.
    std::sort(files.begin(), files.end(), [](const auto & a, const auto & b) { return a.stem < b.stem; });
    return files;
}

// Loads it for a moment: ggml compiles the function that scores without the instructions that it asks for.
void score(CpuVariant & variant) {
    try {
        const SharedLibrary library(variant.path);
        using Score = int (*)();
        const auto get_score = reinterpret_cast<Score>(library.symbol("ggml_backend_score"));
        // The one for a single CPU has no such function: it was compiled where it is to run.
        variant.score = get_score ? get_score() : 1;
    } catch (const CodedError & error) {
        variant.problem = error.what();
    }
}

}  // namespace

std::vector<CpuVariant> find_cpu_variants(const std::string & folder) {
    std::vector<CpuVariant> variants;
    for (const BackendFile & file : find_backend_files(folder)) {
        CpuVariant variant;
        if (file.stem == "cpu") {
            variant.name = "native";
        } else if (file.stem.compare(0, 4, "cpu-") == 0) {
            variant.name = file.stem.substr(4);
        } else {
            continue;
        }
        variant.path = file.path;
        score(variant);
        variants.push_back(variant);
    }
    std::stable_sort(variants.begin(), variants.end(),
                     [](const CpuVariant & a, const CpuVariant & b) { return a.score > b.score; });
    return variants;
}

std::vector<GpuBackendFile> find_gpu_backends(const std::string & folder) {
    std::vector<GpuBackendFile> files;
    for (const BackendFile & file : find_backend_files(folder)) {
        if (file.stem == "cuda" || file.stem == "metal" || file.stem == "vulkan") {
            files.push_back({file.stem, file.path});
        }
    }
    return files;
}

}  // namespace steady
