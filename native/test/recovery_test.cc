// A job that fails inside whisper.cpp costs that job: the state replaces itself before its next one.

#include <memory>

#include "known_loss.h"
#include "session.h"
#include "whisper_access.h"

namespace steady::check {
namespace {

thread_local std::unique_ptr<KnownLoss> loss;  // of a state's thread, until that ends

// `sabotage` is called on the state's thread before the job's first window.
void check_recovers(void (*sabotage)(), const char * code) {
    Session session(load(on_cpu()));
    const JobParams params = fallback_storm();  // consumes random numbers: a state that isn't as new would show
    const std::string expected = fingerprint(transcribe(*session.create_state(), speech("en-03.wav"), params));
    const auto state = session.create_state();
    JobEvents events;
    events.progress = [sabotage](int percent) {
        if (percent == 0) {
            loss = std::make_unique<KnownLoss>();
            sabotage();
        }
    };
    Submitted broken = submit(*state, speech("en-00.wav"), params, std::move(events));
    CHECK_THROWS_CODE(broken.get(), code);
    CHECK_EQ(fingerprint(transcribe(*state, speech("en-03.wav"), params)), expected);
    CHECK_EQ(state->info().resets, 1u);  // its own
    CHECK(state->info().bytes.kv_cache > 0);
    reset(*state);
    CHECK_EQ(fingerprint(transcribe(*state, speech("en-03.wav"), params)), expected);
}

TEST("recovery: from a cache that can't grow, with which upstream frees the state") {
    LONG_WITHOUT_RACES();
    check_recovers([] { upstream::fail_device_allocation(1); }, "ERR_WHISPER_OUT_OF_MEMORY");
}

TEST("recovery: from an assertion inside whisper.cpp") {
    LONG_WITHOUT_RACES();
    check_recovers([] { upstream::fail_assertion(); }, "ERR_WHISPER_INFERENCE_FAILED");
}

}  // namespace
}  // namespace steady::check
