// What whisper_unit.cc adds to and keeps away from upstream: failing allocations, DTW, no-speech probability.

#include <cmath>

#include "job_run.h"
#include "known_loss.h"
#include "session.h"
#include "whisper_access.h"

namespace steady::check {
namespace {

whisper_context_params cpu_params() {
    whisper_context_params params = whisper_context_default_params();
    params.use_gpu = false;
    return params;
}

TEST("upstream: weights that can't be allocated are an error, not a crash") {
    const std::atomic<bool> never{false};
    const auto model = ValidatedModel::walk(open_model_file(micro_model()), false);
    upstream::fail_device_allocation(1);
    CHECK_THROWS_CODE(upstream::load_context(*model, cpu_params(), never), "ERR_WHISPER_OUT_OF_MEMORY");
    whisper_context * context = upstream::load_context(*model, cpu_params(), never);  // and the model loads afterwards
    REQUIRE(context != nullptr);
    whisper_free(context);
}

TEST("upstream: each cache that a new state can't allocate is an error, not a crash") {
    const auto context = load(on_cpu());
    for (int n = 1; n <= 3; ++n) {  // self, cross, padding
        const KnownLoss loss;
        upstream::fail_device_allocation(n);
        CHECK_THROWS_CODE(upstream::create_state(context->handle()), "ERR_WHISPER_OUT_OF_MEMORY");
    }
    whisper_state * state = upstream::create_state(context->handle());
    REQUIRE(state != nullptr);
    whisper_free_state(state);
}

TEST("upstream: a state that can't be made gives back what it had, time after time") {
    const auto context = load(on_cpu());
    const auto used = [] {
        std::ifstream status("/proc/self/statm");  // size and resident set, in pages; none elsewhere than on Linux
        long size = 0;
        long resident = 0;
        status >> size >> resident;
        return resident * 4096;
    };
    long before = 0;
    for (int i = 0; i < 200; ++i) {
        const KnownLoss loss;
        upstream::fail_device_allocation(3);
        CHECK_THROWS_CODE(upstream::create_state(context->handle()), "ERR_WHISPER_OUT_OF_MEMORY");
        if (i == 20) {
            before = used();
        }
    }
#if defined(__SANITIZE_THREAD__)
    const long shadow = 4;  // bytes of ThreadSanitizer's for each
#else
    const long shadow = 0;
#endif
    // Less than half a megabyte each, of the caches' and backends' several.
    CHECK(used() - before < (1 + shadow) * (180 << 19));
}

TEST("upstream: a cache that can't grow in mid-job loses the state, once") {
    const auto context = load(on_cpu());
    whisper_state * state = upstream::create_state(context->handle());
    Job job(JobKind::transcribe, fallback_storm(), speech("en-00.wav"), {});
    SharedByJobs shared;
    JobRun run(job, *context, state, shared);
    const KnownLoss loss;
    upstream::fail_device_allocation(1);
    CHECK_THROWS_CODE(run.run(), "ERR_WHISPER_OUT_OF_MEMORY");
    CHECK(run.state_lost());  // upstream has freed it: freeing it here again would be the double free
}

TEST("upstream: a reset that can't allocate is an error, and the state can still be freed") {
    const auto context = load(on_cpu());
    whisper_state * state = upstream::create_state(context->handle());
    {
        Job job(JobKind::transcribe, fallback_storm(), speech("en-00.wav"), {});
        SharedByJobs shared;
        JobRun(job, *context, state, shared).run();
    }
    const KnownLoss loss;
    upstream::fail_device_allocation(1);
    CHECK_THROWS_CODE(upstream::reset_state(context->handle(), state), "ERR_WHISPER_OUT_OF_MEMORY");
    whisper_free_state(state);
}

ContextOptions with_dtw() {
    ContextOptions options = on_cpu();
    options.flash_attention = false;
    options.dtw.heads = {{1, 0}};  // the micro model's aligned head
    return options;
}

TEST("dtw: token times lie within the audio, also for windows shorter than the median filter") {
    Session session(load(with_dtw()));
    const auto state = session.create_state();
    for (const char * name : {"en-00.wav", "en-09.wav", "silence-5s.wav"}) {
        const auto audio = speech(name);
        const JobResult result = transcribe(*state, audio);
        for (const Segment & segment : result.segments) {
            for (const Token & token : segment.tokens) {
                CHECK(token.dtw_ms <= static_cast<int64_t>(audio.size()) / 16 + 1000);
            }
        }
        reset(*state);
    }
    // Segments of a few frames: cut the speech so that windows of every short length occur.
#if defined(__SANITIZE_THREAD__)
    const int step_ms = 150;  // DTW's four threads take minutes here otherwise
#else
    const int step_ms = 30;
#endif
    auto audio = speech("en-00.wav");
    for (int duration_ms = 110; duration_ms < 420; duration_ms += step_ms) {
        JobParams params;
        params.offset_ms = 850;
        params.duration_ms = duration_ms;
        transcribe(*state, audio, params);
    }
}

TEST("dtw: heads and presets that the model lacks, and flash attention, are refused") {
    ContextOptions options = with_dtw();
    options.dtw.heads = {{7, 0}};
    CHECK_THROWS_CODE(load(options), "ERR_WHISPER_INVALID_ARG");
    options.dtw.heads = {{0, -1}};
    CHECK_THROWS_CODE(load(options), "ERR_WHISPER_INVALID_ARG");
    options.dtw.heads.clear();
    for (const char * preset : {"tiny", "large.v3", "nonsense"}) {
        options.dtw.preset = preset;
        CHECK_THROWS_CODE(load(options), "ERR_WHISPER_INVALID_ARG");
    }
    options = with_dtw();
    options.flash_attention = true;
    CHECK_THROWS_CODE_WITH(load(options), "ERR_WHISPER_INVALID_ARG", "flashAttention");
}

TEST("no-speech probability: high for silence, low for speech, with a given language too") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const JobResult spoken = transcribe(*state, speech("en-09.wav"));
    REQUIRE(!spoken.segments.empty());
    CHECK(spoken.segments[0].no_speech_prob >= 0.0f && spoken.segments[0].no_speech_prob < 0.1f);
    reset(*state);
    JobParams detected;
    detected.language = "auto";
    const JobResult same = transcribe(*state, speech("en-09.wav"), detected);
    REQUIRE(!same.segments.empty());
    // The start-of-transcript position comes before the language token, which therefore can't change it.
    CHECK(std::fabs(same.segments[0].no_speech_prob - spoken.segments[0].no_speech_prob) < 1e-5f);
}

}  // namespace
}  // namespace steady::check
