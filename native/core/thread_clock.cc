#include "thread_clock.h"

#include <ctime>

#if defined(__linux__)
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#endif

#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(_WIN32)
#include <windows.h>
#endif

namespace steady {

#if defined(__linux__)

static int current_thread_id() {
    return static_cast<int>(syscall(SYS_gettid));
}

// "cpu_ns run_delay_ns timeslices", see Documentation/scheduler/sched-stats.rst in the kernel's tree.
static bool read_schedstat(int thread_id, int64_t & cpu_ns, int64_t & run_delay_ns) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", thread_id);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    char text[128];
    const ssize_t n = ::read(fd, text, sizeof(text) - 1);
    close(fd);
    if (n <= 0) {
        return false;
    }
    text[n] = '\0';
    return sscanf(text, "%" SCNd64 " %" SCNd64, &cpu_ns, &run_delay_ns) == 2;
}

void TeamClock::learn(int n_threads) {
    if (n_threads == learned_for_) {
        return;
    }
    thread_ids_.assign(1, current_thread_id());
#ifdef _OPENMP
    if (n_threads > 1) {
        std::vector<int> ids(static_cast<size_t>(n_threads), 0);
#pragma omp parallel num_threads(n_threads)
        { ids[static_cast<size_t>(omp_get_thread_num())] = current_thread_id(); }
        thread_ids_.clear();
        for (const int id : ids) {
            if (id != 0) {
                thread_ids_.push_back(id);
            }
        }
    }
#endif
    learned_for_ = n_threads;
}

ThreadUsage TeamClock::read() const {
    ThreadUsage usage;
    usage.run_delay_known = !thread_ids_.empty();
    for (const int id : thread_ids_) {
        int64_t cpu_ns = 0;
        int64_t run_delay_ns = 0;
        if (!read_schedstat(id, cpu_ns, run_delay_ns)) {
            usage.run_delay_known = false;  // a kernel without CONFIG_SCHED_INFO, or /proc not mounted
            continue;
        }
        usage.cpu_ns += cpu_ns;
        usage.run_delay_ns += run_delay_ns;
    }
    if (!usage.run_delay_known) {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        usage.cpu_ns = static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
        usage.run_delay_ns = 0;
    }
    return usage;
}

int TeamClock::threads() const {
    return static_cast<int>(thread_ids_.size());
}

#else

void TeamClock::learn(int n_threads) {
    learned_for_ = n_threads;
}

// Elsewhere only the calling thread's own CPU time can be had.
ThreadUsage TeamClock::read() const {
    ThreadUsage usage;
#if defined(_WIN32)
    FILETIME created, exited, kernel, user;
    if (GetThreadTimes(GetCurrentThread(), &created, &exited, &kernel, &user)) {
        const auto ticks = [](const FILETIME & t) {
            return (static_cast<int64_t>(t.dwHighDateTime) << 32) | t.dwLowDateTime;
        };
        usage.cpu_ns = (ticks(kernel) + ticks(user)) * 100;
    }
#else
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    usage.cpu_ns = static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
#endif
    return usage;
}

int TeamClock::threads() const {
    return 1;
}

#endif

}  // namespace steady
