#include "process_limits.h"

#ifndef _WIN32
#include <sys/resource.h>
#endif
#ifdef __linux__
#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>
#endif

#include <algorithm>

namespace steady {

namespace {

#ifndef _WIN32
// Soft and hard. A hard limit that is lower already stays: only root may raise one.
template <typename Resource>
bool limit_to(Resource resource, rlim_t most) {
    rlimit now{};
    if (getrlimit(resource, &now) != 0) {
        return false;
    }
    const rlim_t limit = now.rlim_max == RLIM_INFINITY ? most : std::min(most, now.rlim_max);
    const rlimit wanted{limit, limit};
    return setrlimit(resource, &wanted) == 0;
}
#endif

bool forbid_core_dumps() {
#if defined(__linux__)
    // Where dumps are piped to a program, the kernel heeds no limit but this one (do_coredump); no file is that small.
    return limit_to(RLIMIT_CORE, 1);
#elif !defined(_WIN32)
    return limit_to(RLIMIT_CORE, 0);
#else
    return false;
#endif
}

bool die_with_parent(int parent_pid) {
#ifdef __linux__
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return false;
    }
    if (getppid() != parent_pid) {
        raise(SIGKILL);  // it died before, so its death will send nothing
    }
    return true;
#else
    static_cast<void>(parent_pid);
    return false;
#endif
}

bool limit_address_space(uint64_t bytes) {
#if defined(RLIMIT_AS) && !defined(__APPLE__)
    return limit_to(RLIMIT_AS, static_cast<rlim_t>(bytes));
#else
    static_cast<void>(bytes);
    return false;
#endif
}

}  // namespace

ProcessLimitsSet confine_process(const ProcessLimits & limits) {
    ProcessLimitsSet set;
    set.parent_death = limits.parent_pid && die_with_parent(*limits.parent_pid);
    set.core_dumps = !limits.core_dumps && forbid_core_dumps();
    set.address_space = limits.address_space_bytes && limit_address_space(*limits.address_space_bytes);
    return set;
}

}  // namespace steady
