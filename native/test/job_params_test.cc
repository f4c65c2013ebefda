#include "job_params.h"

#include <limits>

#include "session.h"
#include "suppress_regex.h"

namespace steady::check {
namespace {

template <typename Change>
void check_refused(const ContextInfo & info, const char * name, Change change) {
    JobParams params;
    change(params);
    CHECK_THROWS_CODE_WITH(check_params(params, info), "ERR_WHISPER_INVALID_ARG", name);
}

TEST("params: every value that crashes, hangs or misleads upstream is refused by name") {
    const auto context = load(on_cpu());
    const ContextInfo & info = context->info();
    check_params(JobParams{}, info);
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float inf = std::numeric_limits<float>::infinity();

    check_refused(info, "threads", [](JobParams & p) { p.threads = 0; });
    check_refused(info, "threads", [](JobParams & p) { p.threads = -1; });
    check_refused(info, "threads", [](JobParams & p) { p.threads = 20000; });
    check_refused(info, "strategy", [](JobParams & p) { p.strategy = "best"; });
    check_refused(info, "beamSize", [](JobParams & p) { p.beam_size = 0; });
    check_refused(info, "beamSize", [](JobParams & p) { p.beam_size = 9; });
    check_refused(info, "bestOf", [](JobParams & p) { p.best_of = 9; });
    for (const char * language : {"xx", "EN", "german", "", "en\n"}) {
        check_refused(info, "language", [&](JobParams & p) { p.language = language; });
    }
    for (const float value : {1.1f, -0.1f, nan, inf}) {
        check_refused(info, "temperature", [&](JobParams & p) { p.temperature = value; });
    }
    for (const float value : {1e-9f, -0.2f, nan}) {
        check_refused(info, "temperatureIncrement", [&](JobParams & p) { p.temperature_inc = value; });
    }
    for (const float value : {1e10f, inf, nan, -1.0f}) {
        check_refused(info, "maxInitialTimestampS", [&](JobParams & p) { p.max_initial_ts = value; });
    }
    check_refused(info, "offsetMs", [](JobParams & p) { p.offset_ms = -1000; });
    check_refused(info, "offsetMs", [](JobParams & p) { p.offset_ms = -2000000000; });
    check_refused(info, "durationMs", [](JobParams & p) { p.duration_ms = std::numeric_limits<int>::max(); });
    check_refused(info, "audioContext", [](JobParams & p) { p.audio_ctx = 1501; });
    check_refused(info, "maxTextContext", [](JobParams & p) { p.n_max_text_ctx = 1; });
    check_refused(info, "prompt", [](JobParams & p) { p.initial_prompt.assign(100000, 'a'); });
    check_refused(info, "prompt", [](JobParams & p) { p.initial_prompt.assign(3000, 'a'); });
    check_refused(info, "promptTokens", [](JobParams & p) { p.prompt_tokens = {51865}; });
    check_refused(info, "promptTokens", [](JobParams & p) { p.prompt_tokens = {-1}; });
    check_refused(info, "suppressTokens", [](JobParams & p) { p.suppress_tokens = {51865}; });
    check_refused(info, "suppressRegex", [](JobParams & p) { p.suppress_regex = "("; });
    check_refused(info, "suppressRegex", [](JobParams & p) { p.suppress_regex.assign(1000, 'a'); });
    check_refused(info, "grammar", [](JobParams & p) { p.grammar = "root ::= root \"a\""; });
    check_refused(info, "grammar", [](JobParams & p) {
        p.grammar = "root ::= \"a\"";
        p.grammar_rule = "missing";
    });
}

TEST("suppress_regex: a pattern that backtracks for ever elsewhere comes back") {
    const auto context = load(on_cpu());
    const std::atomic<bool> never{false};
    try {
        CHECK_EQ(tokens_matching(context->handle(), "(.*)*b", never).empty(), false);
    } catch (const CodedError & e) {
        CHECK_EQ(e.code(), "ERR_WHISPER_INVALID_ARG");  // a slow machine: refused as too expensive
    }
    const std::atomic<bool> cancelled{true};
    CHECK_THROWS_CODE(tokens_matching(context->handle(), "a", cancelled), "ERR_WHISPER_ABORTED");
}

TEST("suppress_regex: suppressed words don't appear") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    JobParams params;
    params.suppress_regex = " ?(ten|three)";
    const std::string text = text_of_result(transcribe(*state, speech("en-03.wav"), params));
    CHECK(!text.empty());
    CHECK(text.find("ten") == std::string::npos && text.find("three") == std::string::npos);
}

TEST("audio: what upstream misreads is refused or answered right") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    for (const float bad : {nan, std::numeric_limits<float>::infinity(), 1e30f, -20000.0f}) {
        std::vector<float> samples(16000, 0.0f);
        samples[9999] = bad;
        CHECK_THROWS_CODE_WITH(transcribe(*state, samples), "ERR_WHISPER_AUDIO_INVALID", "9999");
    }
    CHECK_THROWS_CODE(transcribe(*state, {}), "ERR_WHISPER_AUDIO_INVALID");
    for (const size_t n : {size_t{1}, size_t{199}, size_t{200}, size_t{1599}, size_t{1639}, size_t{1760}}) {
        CHECK_EQ(transcribe(*state, std::vector<float>(n, 0.0f)).segments.size(), 0);
    }
    JobParams params;
    params.offset_ms = 5000;
    CHECK_THROWS_CODE_WITH(transcribe(*state, speech("en-00.wav"), params), "ERR_WHISPER_INVALID_ARG", "offsetMs");
    params.offset_ms = 0;
    params.duration_ms = 80000000;
    CHECK_EQ(text_of_result(transcribe(*state, speech("en-00.wav"), params)), " four");
    CHECK_EQ(transcribe(*state, speech("en-00.wav"), params).timing.windows, 1);
}

TEST("no_timestamps: a segment starts with its window, where upstream says -1007 s") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    JobParams params;
    params.no_timestamps = true;
    params.token_timestamps = true;
    const JobResult result = transcribe(*state, speech("long-75s.wav"), params);
    REQUIRE(result.segments.size() >= 2);
    for (size_t i = 0; i < result.segments.size(); ++i) {
        CHECK_EQ(result.segments[i].start_ms, static_cast<int64_t>(i) * 30000);
        for (const Token & token : result.segments[i].tokens) {
            CHECK(token.start_ms >= result.segments[i].start_ms && token.end_ms >= token.start_ms);
        }
    }
}

}  // namespace
}  // namespace steady::check
