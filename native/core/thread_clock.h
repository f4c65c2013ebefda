#pragma once

#include <cstdint>
#include <vector>

namespace steady {

// CPU time of the calling thread, also of the moment: what the kernel shows of a running thread elsewhere is as of its
// last tick. -1: can't be had.
int64_t thread_cpu_ns();

// What a set of threads has used since TeamClock::start().
struct ThreadUsage {
    int64_t cpu_ns = 0;
    int64_t run_delay_ns = -1;  // ready to run, but waiting for a processor; -1: not known of every thread
    int threads = 0;            // whose CPU time this is
};

// Clocks of a state's thread and of the OpenMP team that computes for it. libgomp keeps one team for each calling
// thread, so the team's thread ids stay the same from job to job, unless something computes with fewer threads in
// between: then it ends the surplus ones, and starts new ones for the next job (DTW does so, on a backend of its own).
// Used only on the state's own thread.
//
// Each thread's usage is a difference of two readings of the same clock. A thread that is gone at the end is left out,
// and the run delay is unknown then, so no sum mixes sources or can be negative.
//
// Not seen: the helper threads that whisper.cpp starts and joins within one mel pass, and within one sampling step of
// several decoders.
class TeamClock {
public:
    // Finds the threads that a computation with `n_threads` will use, if they aren't known or one of them is gone, and
    // reads their clocks.
    void start(int n_threads);

    // Since start().
    ThreadUsage usage() const;

private:
    struct Clock {
        int64_t cpu_ns = -1;        // -1: can't be read
        int64_t run_delay_ns = -1;  // also where only the CPU time can
    };
    struct Thread {
        int id = 0;  // 0: the calling thread, where others can't be read
        Clock at_start;
    };

    static Clock read(int id);
    void learn(int n_threads);
    bool read_all();

    int learned_for_ = 0;
    std::vector<Thread> threads_;
};

}  // namespace steady
