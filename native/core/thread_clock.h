#pragma once

#include <cstdint>
#include <vector>

namespace steady {

// CPU time and run-queue delay, as running totals of a set of threads.
struct ThreadUsage {
    int64_t cpu_ns = 0;
    int64_t run_delay_ns = 0;
    bool run_delay_known = false;  // Linux only: /proc/self/task/TID/schedstat
};

// Reads the clocks of a state's thread and of the OpenMP team that computes for it. libgomp keeps one team for each
// calling thread, so the team's thread ids stay the same from job to job.
// Used only on the state's own thread.
//
// Not seen: the helper threads that whisper.cpp starts and joins within one mel pass, and within one sampling step of
// several decoders.
class TeamClock {
public:
    // Finds the threads that a computation with `n_threads` will use. Cheap when nothing has changed.
    void learn(int n_threads);

    ThreadUsage read() const;

    // Threads whose clocks read() adds up.
    int threads() const;

private:
    int learned_for_ = 0;
    std::vector<int> thread_ids_;
};

}  // namespace steady
