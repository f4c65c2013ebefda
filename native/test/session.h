#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "audio_decode.h"
#include "check.h"
#include "context.h"
#include "state.h"

// The core's asynchronous calls as plain ones, for tests.
namespace steady::check {

inline std::string micro_model(const std::string & quantization = "q5_0") {
    return source_path("models/micro/micro-" + quantization + ".bin");
}

inline std::vector<float> speech(const std::string & name) {
    return decode_audio_file(source_path("models/micro/test-audio/" + name), DecodeLimits{}).samples;
}

inline std::shared_ptr<Context> load(const ContextOptions & options = {}, const std::string & path = micro_model()) {
    static const std::atomic<bool> never{false};
    return Context::load(open_model_file(path), options, never);
}

inline ContextOptions on_cpu() {
    ContextOptions options;
    options.backend = "cpu";
    return options;
}

inline void throw_failure(const std::optional<Failure> & failure) {
    if (failure) {
        throw CodedError(failure->code, failure->message);
    }
}

// Frees its states and waits for their threads when it goes.
class Session {
public:
    explicit Session(std::shared_ptr<Context> shared) : context(std::move(shared)) {}
    ~Session() {
        for (const auto & state : states_) {
            state->free(nullptr);
        }
        threads.join_all();
    }

    std::shared_ptr<State> create_state() {
        std::promise<std::optional<Failure>> ready;
        auto state = State::start(context, threads, [&](const StateInfo &, std::optional<Failure> error) {
            ready.set_value(std::move(error));
        });
        states_.push_back(state);
        throw_failure(ready.get_future().get());
        return state;
    }

    ThreadGroup threads;
    const std::shared_ptr<Context> context;

private:
    std::vector<std::shared_ptr<State>> states_;
};

struct Settled {
    JobResult result;
    std::optional<Failure> failure;
};

struct Submitted {
    std::shared_ptr<Job> job;
    std::future<Settled> settled;

    // Waits; throws the job's failure.
    JobResult get() {
        Settled now = settled.get();
        throw_failure(now.failure);
        return std::move(now.result);
    }
};

inline Submitted submit(State & state, std::vector<float> samples, const JobParams & params = {}, JobEvents events = {},
                        JobKind kind = JobKind::transcribe) {
    auto promise = std::make_shared<std::promise<Settled>>();
    Submitted submitted;
    submitted.settled = promise->get_future();
    events.done = [promise](JobResult && result, std::optional<Failure> failure) {
        promise->set_value({std::move(result), std::move(failure)});
    };
    submitted.job = state.submit(kind, params, std::move(samples), std::move(events));
    return submitted;
}

inline JobResult transcribe(State & state, std::vector<float> samples, const JobParams & params = {}) {
    return submit(state, std::move(samples), params).get();
}

inline void reset(State & state) {
    std::promise<std::optional<Failure>> done;
    state.reset([&](const StateInfo &, std::optional<Failure> error) { done.set_value(std::move(error)); });
    throw_failure(done.get_future().get());
}

inline std::string text_of_result(const JobResult & result) {
    std::string text;
    for (const Segment & segment : result.segments) {
        text += segment.text;
    }
    return text;
}

// Everything that a result says about the speech, to the last bit.
inline std::string fingerprint(const JobResult & result) {
    std::ostringstream out;
    out << std::hexfloat << result.language << ' ' << result.language_prob;
    for (const Segment & segment : result.segments) {
        out << '\n' << segment.start_ms << ' ' << segment.end_ms << ' ' << segment.no_speech_prob << segment.text;
        for (const Token & token : segment.tokens) {
            out << '|' << token.id << ' ' << token.p << ' ' << token.start_ms << ' ' << token.end_ms << ' '
                << token.dtw_ms;
        }
    }
    return out.str();
}

// Parameters with which the micro model fails every attempt but the last: all temperatures, several decoders, random
// sampling, and a self-attention cache that grows.
inline JobParams fallback_storm() {
    JobParams params;
    params.logprob_thold = 0.0f;
    return params;
}

}  // namespace steady::check
