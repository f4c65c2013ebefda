#include "thread_clock.h"

#include <algorithm>
#include <ctime>

#if defined(__linux__)
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#endif

#if defined(__linux__) && defined(_OPENMP)
#include <omp.h>
#endif

#if defined(_WIN32)
#include <windows.h>
#endif

namespace steady {

namespace {

#if defined(__linux__)

int current_thread_id() {
    return static_cast<int>(syscall(SYS_gettid));
}

// "cpu_ns run_delay_ns timeslices", see Documentation/scheduler/sched-stats.rst in the kernel's tree. False for a
// thread that is gone, on a kernel without CONFIG_SCHED_INFO, and where /proc isn't mounted.
bool read_schedstat(int thread_id, int64_t & cpu_ns, int64_t & run_delay_ns) {
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

#else

int current_thread_id() {
    return 0;
}

#endif

}  // namespace

int64_t thread_cpu_ns() {
#if defined(_WIN32)
    FILETIME created, exited, kernel, user;
    if (!GetThreadTimes(GetCurrentThread(), &created, &exited, &kernel, &user)) {
        return -1;
    }
    const auto ticks = [](const FILETIME & t) {
        return (static_cast<int64_t>(t.dwHighDateTime) << 32) | t.dwLowDateTime;
    };
    return (ticks(kernel) + ticks(user)) * 100;
#else
    timespec now{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) {
        return -1;
    }
    return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
#endif
}

TeamClock::Clock TeamClock::read(int id) {
    Clock clock;
#if defined(__linux__)
    int64_t cpu_ns = 0;
    int64_t run_delay_ns = 0;
    if (read_schedstat(id, cpu_ns, run_delay_ns)) {
        clock.cpu_ns = cpu_ns;
        clock.run_delay_ns = run_delay_ns;
    }
#endif
    if (id == current_thread_id()) {
        clock.cpu_ns = thread_cpu_ns();
    }
    return clock;
}

void TeamClock::learn(int n_threads) {
    threads_.assign(1, Thread{current_thread_id(), {}});
#if defined(__linux__) && defined(_OPENMP)
    if (n_threads > 1) {
        std::vector<int> ids(static_cast<size_t>(n_threads), 0);
#pragma omp parallel num_threads(n_threads)
        { ids[static_cast<size_t>(omp_get_thread_num())] = current_thread_id(); }
        threads_.clear();
        for (const int id : ids) {
            if (id != 0) {
                threads_.push_back({id, {}});
            }
        }
    }
#endif
    learned_for_ = n_threads;
}

// False if a thread's clock can't be read.
bool TeamClock::read_all() {
    bool all = true;
    for (Thread & thread : threads_) {
        thread.at_start = read(thread.id);
        all = all && thread.at_start.cpu_ns >= 0;
    }
    return all;
}

void TeamClock::start(int n_threads) {
    const bool known = n_threads == learned_for_ && read_all();
    if (!known) {
        learn(n_threads);
        read_all();
    }
}

ThreadUsage TeamClock::usage() const {
    ThreadUsage usage;
    bool delays_known = !threads_.empty();
    int64_t run_delay_ns = 0;
    for (const Thread & thread : threads_) {
        const Clock now = read(thread.id);
        if (thread.at_start.cpu_ns >= 0 && now.cpu_ns >= 0) {
            usage.cpu_ns += std::max<int64_t>(now.cpu_ns - thread.at_start.cpu_ns, 0);
            ++usage.threads;
        }
        if (thread.at_start.run_delay_ns >= 0 && now.run_delay_ns >= 0) {
            run_delay_ns += std::max<int64_t>(now.run_delay_ns - thread.at_start.run_delay_ns, 0);
        } else {
            delays_known = false;
        }
    }
    if (delays_known) {
        usage.run_delay_ns = run_delay_ns;
    }
    return usage;
}

}  // namespace steady
