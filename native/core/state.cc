#include "state.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "checks.h"
#include "coded_error.h"

namespace steady {

namespace {

double ms_since(std::chrono::steady_clock::time_point started) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
}

CodedError freed_error() {
    return CodedError("ERR_WHISPER_FREED", "the state has been freed; create a new one with context.createState()");
}

// The exception that is being handled. `problem` is upstream's last warning or error, which holds the reason.
Failure current_failure(const std::string & problem) {
    const std::string reason = problem.empty() ? "" : " (whisper.cpp: " + problem + ")";
    try {
        throw;
    } catch (const CodedError & e) {
        return {e.code(), e.code() == "ERR_WHISPER_INFERENCE_FAILED" ? e.what() + reason : e.what()};
    } catch (const std::bad_alloc &) {
        return {"ERR_WHISPER_OUT_OF_MEMORY", "not enough memory for this job"};
    } catch (const std::exception & e) {
        return {"ERR_WHISPER_INFERENCE_FAILED", std::string("whisper.cpp failed: ") + e.what() + reason};
    } catch (...) {
        return {"ERR_WHISPER_INFERENCE_FAILED", "whisper.cpp failed for an unknown reason" + reason};
    }
}

// Thrown by our own checks, or after upstream returned in order: a reset is enough.
bool only_interrupted(const Failure & failure) {
    return failure.code == "ERR_WHISPER_ABORTED" || failure.code == "ERR_WHISPER_FREED" ||
           failure.code == "ERR_WHISPER_INVALID_ARG" || failure.code == "ERR_WHISPER_AUDIO_INVALID" ||
           failure.code == "ERR_WHISPER_AUDIO_TOO_LONG";
}

}  // namespace

State::State(std::shared_ptr<Context> context) : context_info_(context->info()), context_(std::move(context)) {}

std::shared_ptr<State> State::start(std::shared_ptr<Context> context, ThreadGroup & threads, Done created) {
    std::shared_ptr<State> state(new State(std::move(context)));
    threads.run([state, created = std::move(created)] { state->thread_main(created); });
    return state;
}

std::shared_ptr<Job> State::submit(JobKind kind, JobParams params, std::vector<float> samples, JobEvents events) {
    check_params(params, context_info_);
    if (kChecksInput && kind == JobKind::detect_language && !context_info_.model.multilingual) {
        throw CodedError("ERR_WHISPER_INVALID_ARG", "language detection needs a multilingual model");
    }
    auto job = std::make_shared<Job>(kind, std::move(params), std::move(samples), std::move(events));
    std::lock_guard<std::mutex> lock(mutex_);
    if (closing_ || ended_) {
        throw freed_error();
    }
    queue_.push_back({job, nullptr});
    wake_.notify_one();
    return job;
}

JobPhase State::cancel(const std::shared_ptr<Job> & job) {
    const JobPhase phase = job->cancel();
    Request waiting;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        const auto found =
            std::find_if(queue_.begin(), queue_.end(), [&](const Request & request) { return request.job == job; });
        if (found == queue_.end()) {
            return phase;
        }
        waiting = std::move(*found);
        queue_.erase(found);
    }
    finish(*job, JobResult{}, Failure{"ERR_WHISPER_ABORTED", "the job was aborted"});
    return JobPhase::waiting;
}

void State::reset(Done done) {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (!closing_ && !ended_) {
            queue_.push_back({nullptr, std::move(done)});
            wake_.notify_one();
            return;
        }
    }
    throw freed_error();
}

void State::free(std::function<void()> freed) {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (!ended_) {
            if (freed) {
                freed_callbacks_.push_back(std::move(freed));
            }
            closing_ = true;
            for (Request & request : queue_) {
                if (request.job) {
                    request.job->state_freed_.store(true, std::memory_order_relaxed);
                    request.job->cancel();
                }
            }
            if (running_) {
                running_->state_freed_.store(true, std::memory_order_relaxed);
                running_->cancel();
            }
            wake_.notify_one();
            return;
        }
    }
    if (freed) {
        freed();
    }
}

// The state's thread, from first to last.
void State::thread_main(const Done & created) {
    if (create(created)) {
        serve_requests();
    }
    release();
}

bool State::create(const Done & created) {
    const auto started = std::chrono::steady_clock::now();
    std::optional<Failure> error;
    const LogScope log_scope(context_->log());
    try {
        handle_ = upstream::create_state(context_->handle());
    } catch (...) {
        error = current_failure(log_scope.last_problem());
    }
    const double create_ms = ms_since(started);
    created(publish([&](StateInfo & info) { info.create_ms = create_ms; }), error);
    return !error;
}

// Until free() is called: then what waits is answered with an error, and the loop ends.
void State::serve_requests() {
    while (true) {
        Request request;
        {
            std::unique_lock<std::mutex> lock(mutex_);
            wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
            if (queue_.empty()) {
                return;
            }
            request = std::move(queue_.front());
            queue_.pop_front();
            running_ = request.job;
        }
        serve(request);
        {
            std::lock_guard<std::mutex> lock(mutex_);
            running_.reset();
        }
    }
}

void State::serve(Request & request) {
    if (request.job) {
        run_job(*request.job);
        return;
    }
    std::optional<Failure> error;
    bool closing = false;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        closing = closing_;
    }
    if (closing) {
        error = Failure{"ERR_WHISPER_FREED", freed_error().what()};
    } else {
        const LogScope log_scope(context_->log());
        try {
            do_reset();
        } catch (...) {
            poisoned_ = true;
            error = current_failure(log_scope.last_problem());
        }
    }
    request.reset_done(info(), error);
}

void State::run_job(Job & job) {
    JobResult result;
    std::optional<Failure> error;
    const LogScope log_scope(context_->log());
    try {
        if (poisoned_) {
            do_reset();
        }
        JobRun run(job, *context_, handle_, shared_by_jobs_);
        try {
            result = run.run();
        } catch (...) {
            error = current_failure(log_scope.last_problem());
            poisoned_ = poisoned_ || !only_interrupted(*error);
        }
        if (run.state_lost()) {
            handle_ = nullptr;
            poisoned_ = true;
        }
    } catch (...) {
        error = current_failure(log_scope.last_problem());
    }
    publish([](StateInfo & info) { ++info.jobs; });
    finish(job, std::move(result), error);
}

void State::finish(Job & job, JobResult && result, const std::optional<Failure> & error) {
    job.phase_.store(JobPhase::finished, std::memory_order_relaxed);
    std::vector<float>().swap(job.samples_);
    const JobEvents events = std::move(job.events_);  // what the callbacks hold goes with them
    events.done(std::move(result), error);
}

void State::do_reset() {
    const auto started = std::chrono::steady_clock::now();
    if (poisoned_) {
        upstream_free();
        handle_ = upstream::create_state(context_->handle());
        poisoned_ = false;
    } else {
        upstream::reset_state(context_->handle(), handle_);
    }
    shared_by_jobs_.faults.cure();
    const double reset_ms = ms_since(started);
    publish([&](StateInfo & info) {
        info.reset_ms = reset_ms;
        ++info.resets;
    });
}

StateInfo State::publish(const std::function<void(StateInfo &)> & change) {
    const upstream::StateBytes bytes =
        handle_ ? upstream::state_bytes(context_->handle(), handle_) : upstream::StateBytes{};
    std::lock_guard<std::mutex> lock(mutex_);
    info_.bytes = bytes;
    change(info_);
    return info_;
}

StateInfo State::info() {
    std::lock_guard<std::mutex> lock(mutex_);
    return info_;
}

std::shared_ptr<Job> State::current_job() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (running_ && running_->phase() != JobPhase::finished) {
        return running_;
    }
    const auto next = std::find_if(queue_.begin(), queue_.end(), [](const Request & request) { return !!request.job; });
    return next == queue_.end() ? nullptr : next->job;
}

void State::upstream_free() {
    if (handle_) {
        whisper_free_state(handle_);
        handle_ = nullptr;
    }
}

void State::release() {
    {
        const LogScope log_scope(context_->log());
        upstream_free();
    }
    shared_by_jobs_.faults.cure();  // a freed state that somebody still holds keeps nothing
    context_.reset();               // so that a freed state that somebody still holds doesn't hold the weights
    std::vector<std::function<void()>> callbacks;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        ended_ = true;
        callbacks.swap(freed_callbacks_);
    }
    for (const auto & callback : callbacks) {
        callback();
    }
}

}  // namespace steady
