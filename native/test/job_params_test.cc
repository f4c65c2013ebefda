#include "job_params.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "job_run.h"
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

TEST("params: defaults are upstream's") {
    for (const char * strategy : {"greedy", "beam"}) {
        JobParams params;
        params.strategy = strategy;
        const whisper_full_params ours = to_full_params(params);
        const whisper_full_params theirs = whisper_full_default_params(ours.strategy);
        CHECK_EQ(ours.strategy == WHISPER_SAMPLING_BEAM_SEARCH, params.strategy == "beam");
        CHECK_EQ(ours.n_max_text_ctx, theirs.n_max_text_ctx);
        CHECK_EQ(ours.offset_ms, theirs.offset_ms);
        CHECK_EQ(ours.duration_ms, theirs.duration_ms);
        CHECK_EQ(ours.translate, theirs.translate);
        CHECK_EQ(ours.no_context, theirs.no_context);
        CHECK_EQ(ours.no_timestamps, theirs.no_timestamps);
        CHECK_EQ(ours.single_segment, theirs.single_segment);
        CHECK_EQ(ours.print_special, theirs.print_special);
        CHECK_EQ(ours.token_timestamps, theirs.token_timestamps);
        CHECK_EQ(ours.thold_pt, theirs.thold_pt);
        CHECK_EQ(ours.thold_ptsum, theirs.thold_ptsum);
        CHECK_EQ(ours.max_len, theirs.max_len);
        CHECK_EQ(ours.split_on_word, theirs.split_on_word);
        CHECK_EQ(ours.max_tokens, theirs.max_tokens);
        CHECK_EQ(ours.debug_mode, theirs.debug_mode);
        CHECK_EQ(ours.audio_ctx, theirs.audio_ctx);
        CHECK_EQ(ours.tdrz_enable, theirs.tdrz_enable);
        CHECK(ours.initial_prompt == nullptr && ours.prompt_tokens == nullptr && ours.suppress_regex == nullptr);
        CHECK_EQ(ours.carry_initial_prompt, theirs.carry_initial_prompt);
        CHECK_EQ(std::string(ours.language), theirs.language);
        CHECK_EQ(ours.detect_language, theirs.detect_language);
        CHECK_EQ(ours.suppress_blank, theirs.suppress_blank);
        CHECK_EQ(ours.suppress_nst, theirs.suppress_nst);
        CHECK_EQ(ours.temperature, theirs.temperature);
        CHECK_EQ(ours.max_initial_ts, theirs.max_initial_ts);
        CHECK_EQ(ours.length_penalty, theirs.length_penalty);
        CHECK_EQ(ours.temperature_inc, theirs.temperature_inc);
        CHECK_EQ(ours.entropy_thold, theirs.entropy_thold);
        CHECK_EQ(ours.logprob_thold, theirs.logprob_thold);
        CHECK_EQ(ours.no_speech_thold, theirs.no_speech_thold);
        CHECK_EQ(ours.vad, theirs.vad);
        // whisper-cli sets these itself (examples/cli/cli.cpp, whisper_params).
        CHECK_EQ(ours.greedy.best_of, 5);
        CHECK_EQ(ours.beam_search.beam_size, 5);
        CHECK_EQ(params.grammar_penalty, 100.0f);
    }
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
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    check_refused(info, "threads", [&](JobParams & p) { p.threads = cores + 1; });
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

ContextInfo info_of(int n_vocab) {
    ContextInfo info;
    info.model.n_vocab = n_vocab;
    info.model.multilingual = n_vocab > 51864;
    info.model.n_audio_ctx = 1500;
    info.model.n_text_ctx = 448;
    return info;
}

void check_accepted(const ContextInfo & info, const std::string & language) {
    JobParams params;
    params.language = language;
    check_params(params, info);
}

TEST("params: a language is one of the model's own") {
    const ContextInfo first = info_of(51865);
    const ContextInfo third = info_of(51866);
    CHECK_EQ(language_count(first.model), 99);
    CHECK_EQ(language_count(third.model), 100);
    for (const ContextInfo & info : {first, third}) {
        check_accepted(info, "auto");
        for (int id = 0; id < language_count(info.model); ++id) {
            check_accepted(info, whisper_lang_str(id));
        }
    }
    // Its token is <|translate|> in the older vocabulary.
    CHECK_EQ(std::string(whisper_lang_str(99)), "yue");
    check_refused(first, "this model's 99 languages", [](JobParams & p) { p.language = "yue"; });
    check_accepted(third, "yue");
}

TEST("params: an English model takes English, and nothing to translate or detect") {
    const ContextInfo english = info_of(51864);
    check_accepted(english, "en");
    for (const char * language : {"de", "auto", "yue", ""}) {
        check_refused(english, "this model knows English only", [&](JobParams & p) { p.language = language; });
    }
    check_refused(english, "translate", [](JobParams & p) { p.translate = true; });
}

TEST("params: what is refused is not logged") {
    class Counter : public LogSink {
    public:
        std::atomic<int> lines{0};
        void line(LogLevel, const std::string &) override {
            ++lines;
        }
    };
    const auto counter = std::make_shared<Counter>();
    const auto registration = register_log_sink(counter);
    for (const ContextInfo & info : {info_of(51864), info_of(51865), info_of(51866)}) {
        for (const std::string & language : {std::string("xx"), std::string("german"), std::string(3000, 'x')}) {
            check_refused(info, "language", [&](JobParams & p) { p.language = language; });
        }
        check_refused(info, "suppressRegex", [](JobParams & p) { p.suppress_regex = "("; });
        check_refused(info, "grammar", [](JobParams & p) { p.grammar = "root ::= ("; });
        check_refused(info, "prompt", [](JobParams & p) { p.initial_prompt.assign(5000, ' '); });
    }
    CHECK_EQ(counter->lines.load(), 0);
}

// Upstream's tokenizer recurses once for each byte of a run, whichever kind it is.
TEST("params: words and white space of a prompt have a length") {
    const ContextInfo info = info_of(51865);
    const auto words = [](size_t word, size_t space) {
        std::string prompt;
        while (prompt.size() + word + space <= 4096) {
            prompt += std::string(space, ' ') + std::string(word, 'a');
        }
        return prompt;
    };
    for (const auto & [word, space] : {std::pair<size_t, size_t>{256, 256}, {1, 1}, {256, 1}, {1, 256}}) {
        JobParams params;
        params.initial_prompt = words(word, space);
        check_params(params, info);
    }
    check_refused(info, "a longer word", [&](JobParams & p) { p.initial_prompt = words(257, 1); });
    check_refused(info, "longer white space", [&](JobParams & p) { p.initial_prompt = words(1, 257); });
    check_refused(info, "longer white space", [](JobParams & p) { p.initial_prompt.assign(4096, ' '); });
    check_refused(info, "longer white space", [](JobParams & p) {
        for (int i = 0; i < 129; ++i) {
            p.initial_prompt += "\n\t";
        }
    });
}

TEST("suppress_regex: counted repetitions are bounded, however they are nested or hidden") {
    for (const char * pattern :
         {"(a?){16000}", "(a?){2000}", "(|a|b){12000}", "((((a?)?)?)?){4000}", "((a{30}){30}){30}", "a{0,2000}",
          "a{2000,}", "a{999999999999999999999}", "(a{40}){40}", "a{40}{40}", "(?:a?){4000}", "(?=(a?){4000})b"}) {
        CHECK_THROWS_CODE_WITH(check_pattern(pattern), "ERR_WHISPER_INVALID_ARG", "counted repetitions");
    }
    // To one that doesn't read as the compiler does, the count belongs to a group that begins within.
    for (const char * end : {"[[:alpha:](]a){60}", "\\c(a){60}", "[\\c](]a){60}", "[^\\](]a){60}"}) {
        CHECK_THROWS_CODE_WITH(check_pattern("(" + std::string(100, 'a') + end), "ERR_WHISPER_INVALID_ARG",
                               "counted repetitions");
    }
    for (const char * pattern : {"[0-9]{1,3}", " ?(ten|three){2}", ".{1,128}", "(a?){100}", "\\(\\{[{(]{3}",
                                 "((a{5}){5}){5}", "[[:alpha:]]{4,}", "a{0}"}) {
        check_pattern(pattern);
    }
    // No pattern without counts is too large.
    for (const char * part : {"(", "|", "?", "a?", "(?:)", "[a]*", "(a|b)", "(?=a)"}) {
        std::string pattern;
        while (pattern.size() + std::strlen(part) <= 256) {
            pattern += part;
        }
        try {
            check_pattern(pattern);
        } catch (const CodedError & e) {
            CHECK(std::string(e.what()).find("counted repetitions") == std::string::npos);
        }
    }
}

TEST("suppress_regex: back-references are refused, whatever their number") {
    const std::string nines(60, '9');
    for (const std::string & pattern :
         {std::string("(a)\\1"), "\\" + nines, "(a)\\c\\\\" + nines, "[\\" + nines + "]"}) {
        CHECK_THROWS_CODE_WITH(check_pattern(pattern), "ERR_WHISPER_INVALID_ARG", "back-reference");
    }
    for (const char * pattern : {"\\\\1", "\\c1", "\\c\\1", "[0-9]", "\\0"}) {
        check_pattern(pattern);
    }
}

TEST("suppress_regex: the deepest patterns that are accepted come back, on a state's thread") {
    const auto context = load(on_cpu());
    for (const char * pattern : {"(a?){160}", "((a?b?c?d?){10}){7}", "a?{200}b", ".{0,300}", "(?:(?:a*)?){140}c"}) {
        std::string code;
        ThreadGroup threads;
        threads.run([&] {
            const std::atomic<bool> never{false};
            try {
                tokens_matching(context->handle(), pattern, never);
            } catch (const CodedError & e) {
                code = e.code();  // too expensive: that is an answer too
            }
        });
        threads.join_all();
        CHECK(code.empty() || code == "ERR_WHISPER_INVALID_ARG");
    }
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

TEST("language: what is no language of the model is left out of the probabilities") {
    std::vector<float> probabilities(100, 0.001f);
    probabilities[99] = 0.6f;  // <|translate|>, taken for Cantonese
    probabilities[2] = 0.301f;
    std::vector<float> all = probabilities;
    keep_languages_of_model(all, 100);
    CHECK(all == probabilities);
    keep_languages_of_model(probabilities, 99);
    REQUIRE(probabilities.size() == 99);
    float sum = 0;
    for (const float p : probabilities) {
        sum += p;
    }
    CHECK(std::fabs(sum - 1.0f) < 1e-5f);
    CHECK(std::fabs(probabilities[2] - 0.7544f) < 1e-3f);
    std::vector<float> none(100, 0.0f);
    none[99] = 1.0f;
    keep_languages_of_model(none, 99);
    CHECK(none[0] > 0 && none[98] == none[0]);
}

TEST("language: detection names languages of the model only, and the best of them") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const auto check_probabilities = [](const JobResult & result) {
        REQUIRE(result.language_probs.size() == 99);
        double sum = 0;
        float best = 0;
        for (const auto & [language, p] : result.language_probs) {
            CHECK(language != "yue");
            sum += static_cast<double>(p);
            best = std::max(best, p);
        }
        CHECK(std::fabs(sum - 1.0) < 1e-4);
        CHECK_EQ(result.language_prob, best);
    };
    const JobResult german = submit(*state, speech("de-03.wav"), {}, {}, JobKind::detect_language).get();
    CHECK_EQ(german.language, "de");
    check_probabilities(german);
    JobParams params;
    params.language = "auto";
    const JobResult transcribed = transcribe(*state, speech("de-03.wav"), params);
    CHECK_EQ(transcribed.language, "de");
    check_probabilities(transcribed);
    CHECK(transcribed.language_probs == german.language_probs);
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
    LONG_WITHOUT_RACES();
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
