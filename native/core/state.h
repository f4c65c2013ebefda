#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "context.h"
#include "job.h"
#include "job_run.h"
#include "threads.h"
#include "whisper_access.h"

namespace steady {

struct StateInfo {
    upstream::StateBytes bytes;
    double create_ms = 0;
    double reset_ms = 0;  // of the last reset; 0 before the first
    uint64_t resets = 0;
    uint64_t jobs = 0;
};

// A decoder state and the one OS thread that all its work runs on. Requests queue and never overlap. The methods may
// be called from any thread; every callback runs on the state's thread, but for a waiting job's that is cancelled.
class State : public std::enable_shared_from_this<State> {
public:
    using Done = std::function<void(const StateInfo &, std::optional<Failure>)>;

    // Starts the thread, which creates the whisper_state and reports. If that fails the thread ends by itself.
    static std::shared_ptr<State> start(std::shared_ptr<Context> context, ThreadGroup & threads, Done created);

    // Queues a job. Throws CodedError ERR_WHISPER_INVALID_ARG (parameters, samples), ERR_WHISPER_FREED.
    std::shared_ptr<Job> submit(JobKind kind, JobParams params, std::vector<float> samples, JobEvents events);

    // Ends a job. One that waits is taken out of the queue, so that its samples don't wait for its turn, and its `done`
    // is called right here. Returns the phase that the request met.
    JobPhase cancel(const std::shared_ptr<Job> & job);

    // Queues a reset behind the jobs that are already waiting.
    void reset(Done done);

    // As of the last finished request.
    StateInfo info();

    // The job that runs, else the one whose turn is next, else null.
    std::shared_ptr<Job> current_job();

    // Cancels what runs and waits, frees the whisper_state and ends the thread. Further calls only wait for that.
    void free(std::function<void()> freed);

private:
    struct Request {
        std::shared_ptr<Job> job;  // null: a reset
        Done reset_done;
    };

    explicit State(std::shared_ptr<Context> context);
    void thread_main(const Done & created);
    bool create(const Done & created);
    void serve_requests();
    void serve(Request & request);
    void run_job(Job & job);
    static void finish(Job & job, JobResult && result, const std::optional<Failure> & error);
    void do_reset();
    void upstream_free();
    void release();
    StateInfo publish(const std::function<void(StateInfo &)> & change);

    const ContextInfo context_info_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Request> queue_;
    std::shared_ptr<Job> running_;
    bool closing_ = false;
    bool ended_ = false;
    StateInfo info_;
    std::vector<std::function<void()>> freed_callbacks_;

    // Of the state's thread only.
    std::shared_ptr<Context> context_;
    whisper_state * handle_ = nullptr;
    bool poisoned_ = false;  // an exception left it half-way: the next use makes a new one
    SharedByJobs shared_by_jobs_;
};

}  // namespace steady
