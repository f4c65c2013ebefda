// Where a job's time went: processor time and waiting for a processor, by thread, and what is left when threads go.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "job_run.h"
#include "session.h"
#include "thread_clock.h"
#include "whisper_access.h"

#if defined(__linux__) && defined(_OPENMP)
#include <omp.h>
#define STEADY_SEES_TEAMS 1
#endif

namespace steady::check {
namespace {

int cores() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Keeps every processor busy, twice over, for as long as it lives.
class Spinners {
public:
    Spinners() {
        for (int i = 0; i < 2 * cores(); ++i) {
            threads_.emplace_back([this] {
                while (!end_.load(std::memory_order_relaxed)) {}
            });
        }
    }
    ~Spinners() {
        end_ = true;
        for (std::thread & thread : threads_) {
            thread.join();
        }
    }

private:
    std::atomic<bool> end_{false};
    std::vector<std::thread> threads_;
};

JobParams short_job(int threads) {
    JobParams params;
    params.threads = threads;
    params.audio_ctx = 256;
    params.temperature_inc = 0.0f;
    return params;
}

// What holds of every job, however busy the machine is. Relations only: a millisecond is nothing to rely on.
void check_timing(const JobTiming & timing, int threads) {
    CHECK(timing.cpu_ms > 0);
    CHECK(timing.threads_measured >= 1 && timing.threads_measured <= threads);
    CHECK(timing.cpu_ms <= timing.wall_ms * timing.threads_measured * 1.1 + 1);
    if (timing.run_delay_ms >= 0 && threads == 1) {
        const double accounted = timing.cpu_ms + timing.run_delay_ms;  // a job doesn't sleep
        CHECK(accounted >= timing.wall_ms * 0.25);
        CHECK(accounted <= timing.wall_ms * 1.1 + 1);
    }
#ifdef STEADY_SEES_TEAMS
    if (timing.run_delay_ms >= 0) {
        CHECK_EQ(timing.threads_measured, threads);
    }
#endif
}

TEST("timing: processor time and delay add up, for one thread and for two") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const auto audio = speech("en-00.wav");
    check_timing(transcribe(*state, audio, short_job(1)).timing, 1);
    if (cores() >= 2) {
        check_timing(transcribe(*state, audio, short_job(2)).timing, 2);
    }
    check_timing(transcribe(*state, audio, short_job(1)).timing, 1);
}

TEST("timing: a job that has to wait for a processor says so") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const auto audio = speech("en-00.wav");
    const Spinners spinners;
    for (int threads = 1; threads <= std::min(cores(), 2); ++threads) {
        const JobTiming timing = transcribe(*state, audio, short_job(threads)).timing;
        if (timing.run_delay_ms < 0) {
            SKIP("this kernel doesn't tell");
        }
        CHECK(timing.run_delay_ms > 0);
        check_timing(timing, threads);
    }
}

// The least of some runs: what a busy machine adds is in none of them.
template <typename Run>
[[maybe_unused]] double least_of(int runs, Run run) {
    double least = run();
    for (int i = 1; i < runs; ++i) {
        least = std::min(least, run());
    }
    return least;
}

TEST("timing: the spectrogram's time is its own, without the checks before it") {
#if defined(__SANITIZE_THREAD__)
    SKIP("under ThreadSanitizer the spectrogram's own allocations take as long as a check");
#else
    const auto context = load(on_cpu());
    whisper_state * state = upstream::create_state(context->handle());
    const auto audio = speech("long-75s.wav");
    JobParams params = short_job(1);
    params.duration_ms = 200;  // the spectrogram is of all the audio still
    const double scan_ms = least_of(5, [&] {
        const auto started = std::chrono::steady_clock::now();
        volatile bool all_finite =
            std::all_of(audio.begin(), audio.end(), [](float x) { return std::fabs(x) <= 1000.0f; });
        static_cast<void>(all_finite);
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    });
    const auto run_beside_ms = [&] {
        Job job(JobKind::transcribe, params, audio, {});
        SharedByJobs shared;
        const int64_t before_us = upstream::counters(state).mel_us;
        const JobTiming timing = JobRun(job, *context, state, shared).run().timing;
        return timing.mel_ms - static_cast<double>(upstream::counters(state).mel_us - before_us) / 1000.0;
    };
    // A busy machine adds to every run; to some of them less than this.
    double beside_ms = run_beside_ms();
    for (int i = 0; i < 20 && beside_ms >= scan_ms; ++i) {
        beside_ms = run_beside_ms();
    }
    CHECK(beside_ms < scan_ms);
    whisper_free_state(state);
#endif
}

void spin(std::chrono::milliseconds length) {
    const auto end = std::chrono::steady_clock::now() + length;
    while (std::chrono::steady_clock::now() < end) {}
}

// As ggml computes, on the team of the calling thread.
void compute(int threads) {
#ifdef STEADY_SEES_TEAMS
#pragma omp parallel num_threads(threads)
    { spin(std::chrono::milliseconds(2)); }
#else
    static_cast<void>(threads);
    spin(std::chrono::milliseconds(2));
#endif
}

TEST("timing: usage is counted from the start of each job") {
    TeamClock clock;
    clock.start(1);
    const ThreadUsage none = clock.usage();
    compute(1);
    const ThreadUsage first = clock.usage();
    clock.start(1);
    const ThreadUsage again = clock.usage();
    CHECK(none.cpu_ns >= 0 && again.cpu_ns >= 0);
    CHECK(first.cpu_ns > none.cpu_ns && first.cpu_ns > again.cpu_ns);
    CHECK_EQ(first.threads, 1);
}

// DTW computes on a backend of its own, with four threads.
TEST("timing: a team whose threads were replaced in mid-job gives no negative time, and is learned anew") {
#ifdef STEADY_SEES_TEAMS
    std::string skipped;
    std::thread([&skipped] {  // with a team of its own
        constexpr int kTeam = 8;
        TeamClock clock;
        clock.start(kTeam);
        compute(kTeam);
        const ThreadUsage whole = clock.usage();
        if (whole.threads < kTeam || whole.run_delay_ns < 0) {
            skipped = "this kernel doesn't tell, or gives no team of eight";
            return;
        }
        CHECK(whole.cpu_ns > 0);
        for (int job = 0; job < 3; ++job) {
            compute(kTeam);
            compute(4);
            compute(kTeam);
            for (int i = 0; i < 1000 && clock.usage().threads == kTeam; ++i) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));  // until those that were ended are gone
            }
            const ThreadUsage rest = clock.usage();
            CHECK(rest.cpu_ns >= 0);
            CHECK(rest.threads >= 4);
            CHECK_EQ(rest.run_delay_ns >= 0, rest.threads == kTeam);  // never of some threads only
            clock.start(kTeam);
            compute(kTeam);
            const ThreadUsage learned = clock.usage();
            CHECK_EQ(learned.threads, kTeam);
            CHECK(learned.cpu_ns > 0 && learned.run_delay_ns >= 0);
        }
    })
        .join();
    if (!skipped.empty()) {
        SKIP(skipped);
    }
#else
    SKIP("needs OpenMP on Linux");
#endif
}

}  // namespace
}  // namespace steady::check
