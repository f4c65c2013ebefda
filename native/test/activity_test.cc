// What a watcher of a state sees: which job, in which phase, and whether it gets on.

#include <thread>

#include "session.h"

namespace steady::check {
namespace {

// Looks at a state until its job is done, as a watcher does, but all the time.
struct Watched {
    std::vector<JobPhase> phases;  // as they followed each other
    uint64_t ticks_after_mel = 0;
    size_t steps = 0;  // how often the ticks had grown
    bool only_grew = true;
    bool only_this_job = true;
};

Watched watch(State & state, Submitted & submitted) {
    Watched seen;
    uint64_t last = 0;
    while (submitted.settled.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        const std::shared_ptr<Job> job = state.current_job();
        if (!job) {
            continue;  // done, and not told yet
        }
        seen.only_this_job = seen.only_this_job && job == submitted.job;
        const JobPhase phase = job->phase();
        const uint64_t ticks = job->ticks();
        if (seen.phases.empty() || seen.phases.back() != phase) {
            seen.phases.push_back(phase);
        }
        if (phase == JobPhase::running && seen.ticks_after_mel == 0) {
            seen.ticks_after_mel = ticks;
        }
        seen.only_grew = seen.only_grew && ticks >= last;
        seen.steps += ticks > last ? 1 : 0;
        last = ticks;
        std::this_thread::yield();
    }
    return seen;
}

uint64_t ticks_of(State & state, const std::string & audio, const JobParams & params = {},
                  JobKind kind = JobKind::transcribe) {
    Submitted submitted = submit(state, speech(audio), params, {}, kind);
    submitted.get();
    return submitted.job->ticks();
}

// As many as any encoder has graph nodes; the micro model's has more.
constexpr uint64_t kSome = 20;

TEST("activity: a job waits, has its spectrogram computed, runs, and ticks; then there is none") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    CHECK(state->current_job() == nullptr);

    Submitted submitted = submit(*state, speech("long-75s.wav"));
    const Watched seen = watch(*state, submitted);
    submitted.get();

    CHECK(seen.only_this_job);
    CHECK(seen.only_grew);
    CHECK(seen.steps > kSome);
    std::vector<JobPhase> phases = seen.phases;
    if (!phases.empty() && phases.front() == JobPhase::waiting) {
        phases.erase(phases.begin());  // over before the first look, often
    }
    if (!phases.empty() && phases.back() == JobPhase::finished) {
        phases.pop_back();
    }
    CHECK(phases == (std::vector<JobPhase>{JobPhase::mel, JobPhase::running}));
    CHECK(submitted.job->ticks() > seen.ticks_after_mel + kSome);
    CHECK_EQ(submitted.job->phase(), JobPhase::finished);
    CHECK(state->current_job() == nullptr);
}

TEST("activity: language detection ticks") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    CHECK(ticks_of(*state, "de-03.wav", {}, JobKind::detect_language) > kSome);
}

TEST("activity: DTW's decoder pass ticks") {
    LONG_WITHOUT_RACES();
    ContextOptions plain = on_cpu();
    plain.flash_attention = false;
    ContextOptions aligned = plain;
    aligned.dtw.n_top = 1;
    Session without(load(plain));
    Session with(load(aligned));
    CHECK(ticks_of(*with.create_state(), "en-03.wav") > ticks_of(*without.create_state(), "en-03.wav") + kSome);
}

TEST("activity: of several jobs the one that runs; a cancelled one as long as it does") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    std::promise<void> begun;
    std::promise<void> looked;
    JobEvents events;
    events.progress = [&](int percent) {
        if (percent == 0) {
            begun.set_value();
            looked.get_future().wait();
        }
    };
    Submitted first = submit(*state, speech("en-00.wav"), {}, std::move(events));
    Submitted second = submit(*state, speech("en-01.wav"));
    begun.get_future().wait();
    CHECK(state->current_job() == first.job);
    CHECK_EQ(second.job->phase(), JobPhase::waiting);
    CHECK_EQ(second.job->ticks(), 0);
    state->cancel(first.job);
    CHECK(state->current_job() == first.job);
    looked.set_value();
    CHECK_THROWS_CODE(first.get(), "ERR_WHISPER_ABORTED");
    second.get();
    CHECK(second.job->ticks() > kSome);
}

}  // namespace
}  // namespace steady::check
