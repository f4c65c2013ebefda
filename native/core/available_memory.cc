#include "available_memory.h"

#include <algorithm>
#include <fstream>

#include "checks.h"
#include "coded_error.h"

namespace steady {

namespace {

std::optional<uint64_t> read_number(const std::string & path) {
    std::ifstream file(path);
    uint64_t value = 0;
    if (file >> value) {
        return value;
    }
    return std::nullopt;  // no such file, or "max"
}

// The number behind `key` in a file of "key value" lines.
std::optional<uint64_t> read_entry(const std::string & path, const std::string & key) {
    std::ifstream file(path);
    std::string name;
    uint64_t value = 0;
    std::string rest;
    while (file >> name >> value && std::getline(file, rest)) {
        if (name == key) {
            return value;
        }
    }
    return std::nullopt;
}

// Cache of files that were read counts as used until somebody needs the memory.
uint64_t within_limit(uint64_t limit, uint64_t used, uint64_t reclaimable) {
    used -= std::min(used, reclaimable);
    return limit - std::min(limit, used);
}

// A container sees its own group as the root. Groups above it, which may be tighter, can't be seen from inside.
std::optional<uint64_t> available_in_control_group(const std::string & root) {
    const std::string v2 = root + "/sys/fs/cgroup/";
    if (const auto limit = read_number(v2 + "memory.max")) {
        return within_limit(*limit, read_number(v2 + "memory.current").value_or(0),
                            read_entry(v2 + "memory.stat", "inactive_file").value_or(0));
    }
    const std::string v1 = root + "/sys/fs/cgroup/memory/";
    if (const auto limit = read_number(v1 + "memory.limit_in_bytes")) {
        return within_limit(*limit, read_number(v1 + "memory.usage_in_bytes").value_or(0),
                            read_entry(v1 + "memory.stat", "total_inactive_file").value_or(0));
    }
    return std::nullopt;
}

}  // namespace

std::optional<uint64_t> available_memory(const std::string & root) {
    std::optional<uint64_t> available = read_entry(root + "/proc/meminfo", "MemAvailable:");
    if (!available) {
        return std::nullopt;
    }
    *available *= 1024;  // "kB"
    const auto in_group = available_in_control_group(root);
    return in_group ? std::min(*available, *in_group) : *available;
}

#ifdef STEADY_TESTS
namespace {
thread_local std::optional<uint64_t> pretended;
}

void pretend_available_memory(std::optional<uint64_t> bytes) {
    pretended = bytes;
}
#endif

void check_available_memory(uint64_t needed, const std::string & what) {
    if constexpr (!kChecksInput) {
        return;
    }
    auto available = available_memory();
#ifdef STEADY_TESTS
    available = pretended ? pretended : available;
#endif
    if (available && needed > *available) {
        constexpr uint64_t kMiB = 1 << 20;
        throw CodedError("ERR_WHISPER_OUT_OF_MEMORY",
                         what + " needs " + std::to_string(needed / kMiB + 1) + " MiB, and " +
                             std::to_string(*available / kMiB) +
                             " MiB are available: free other contexts or states, or use a smaller or quantised model");
    }
}

}  // namespace steady
