#include "job_params.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <sstream>
#include <thread>

#include "checks.h"
#include "coded_error.h"
#include "grammar.h"
#include "suppress_regex.h"

namespace steady {

namespace {

constexpr size_t kMaxPromptBytes = 4096;
// whisper.cpp splits a prompt into words and runs of white space with std::regex, which recurses once for each byte of
// them.
constexpr size_t kMaxPromptWordBytes = 256;

template <typename T>
[[noreturn]] void throw_invalid(const char * name, const T & value, const std::string & expected) {
    std::ostringstream message;
    message << name << " must be " << expected << "; received " << value;
    throw CodedError("ERR_WHISPER_INVALID_ARG", message.str());
}

void check_int(const char * name, int value, int low, int high) {
    if (value < low || value > high) {
        throw_invalid(name, value, "an integer from " + std::to_string(low) + " to " + std::to_string(high));
    }
}

void check_float(const char * name, float value, float low, float high) {
    if (!std::isfinite(value) || value < low || value > high) {
        std::ostringstream range;
        range << "a finite number from " << low << " to " << high;
        throw_invalid(name, value, range.str());
    }
}

void check_tokens(const char * name, const std::vector<int> & tokens, int n_vocab, size_t max_count) {
    if (tokens.size() > max_count) {
        throw_invalid(name, tokens.size(), "at most " + std::to_string(max_count) + " tokens");
    }
    for (const int token : tokens) {
        if (token < 0 || token >= n_vocab) {
            throw_invalid(name, token, "token ids from 0 to " + std::to_string(n_vocab - 1));
        }
    }
}

void check_language(const JobParams & params, const ModelFacts & model) {
    if (!model.multilingual) {
        if (params.language != "en") {
            throw_invalid("language", params.language, "\"en\": this model knows English only");
        }
        if (params.translate) {
            throw_invalid("translate", "true", "false: this model knows English only");
        }
        return;
    }
    if (params.language == "auto") {
        return;
    }
    // Upstream takes an unknown name for token "start of transcript", and one that came with a later vocabulary for
    // whatever token is in its place, and writes nonsense. The codes are compared here, rather than by whisper_lang_id:
    // that logs what it doesn't know, and accepts full names ("german").
    for (int id = 0; id < language_count(model); ++id) {
        if (params.language == whisper_lang_str(id)) {
            return;
        }
    }
    throw_invalid("language", "\"" + params.language.substr(0, 40) + "\"",
                  "\"auto\" or the lower-case code of one of this model's " + std::to_string(language_count(model)) +
                      " languages, such as \"en\", \"de\", \"fr\"");
}

void check_prompt(const JobParams & params, const ModelFacts & model) {
    if (params.initial_prompt.size() > kMaxPromptBytes) {
        throw_invalid("prompt", std::to_string(params.initial_prompt.size()) + " bytes",
                      "at most " + std::to_string(kMaxPromptBytes) + " bytes of UTF-8");
    }
    size_t length = 0;  // of the word or the white space so far
    bool in_space = false;
    for (const char c : params.initial_prompt) {
        if (c == '\0') {
            throw_invalid("prompt", "a NUL character", "text without NUL characters");
        }
        const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
        length = space == in_space ? length + 1 : 1;
        in_space = space;
        if (length > kMaxPromptWordBytes) {
            throw_invalid("prompt", space ? "longer white space" : "a longer word",
                          "text with words, and white space between them, of at most " +
                              std::to_string(kMaxPromptWordBytes) + " bytes");
        }
    }
    check_tokens("promptTokens", params.prompt_tokens, model.n_vocab, static_cast<size_t>(model.n_text_ctx));
    if (params.n_max_text_ctx != 0) {
        check_int("maxTextContext (unless 0)", params.n_max_text_ctx, 16, 16384);
    }
}

void check_dtw(const JobParams & params, const ContextInfo & context) {
    if (!context.dtw) {
        return;
    }
    if (params.audio_ctx != 0) {
        throw_invalid("audioContext", params.audio_ctx, "0 with a context that computes DTW times");
    }
    // Then a window may end with a word, rather than a timestamp or the end of text. Having placed the last word, DTW
    // goes on to the token after it, in the segment behind the last one.
    const bool first_distilled = context.model.n_text_layer == 2 && context.model.n_vocab != 51866;
    const bool no_timestamps =
        params.no_timestamps || first_distilled;  // as whisper_full_with_state takes these models
    if (params.max_tokens != 0 && (no_timestamps || params.single_segment)) {
        throw_invalid("maxTokens", params.max_tokens,
                      "0 with a context that computes DTW times, without timestamps or with singleSegment");
    }
}

}  // namespace

// whisper_vocab::num_languages
int language_count(const ModelFacts & model) {
    return model.n_vocab - 51765 - (model.multilingual ? 1 : 0);
}

void check_params(const JobParams & params, const ContextInfo & context) {
    if constexpr (!kChecksInput) {
        return;
    }
    const ModelFacts & model = context.model;
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    check_int("threads", params.threads, 1, std::min(cores, 512));
    if (params.strategy != "greedy" && params.strategy != "beam") {
        throw_invalid("strategy", "\"" + params.strategy.substr(0, 40) + "\"", "\"greedy\" or \"beam\"");
    }
    check_int("bestOf", params.best_of, 1, 8);      // WHISPER_MAX_DECODERS
    check_int("beamSize", params.beam_size, 1, 8);  // 0 crashes
    check_language(params, model);

    check_float("temperature", params.temperature, 0.0f, 1.0f);  // above 1 the list of temperatures is empty
    if (params.temperature_inc != 0.0f) {
        check_float("temperatureIncrement (unless 0)", params.temperature_inc, 0.05f, 1.0f);
    }
    check_float("entropyThreshold", params.entropy_thold, -1000.0f, 1000.0f);
    check_float("logprobThreshold", params.logprob_thold, -1000.0f, 1000.0f);
    check_float("noSpeechThreshold", params.no_speech_thold, -1000.0f, 1000.0f);
    check_float("lengthPenalty", params.length_penalty, -1000.0f, 1000.0f);
    check_float("maxInitialTimestampS", params.max_initial_ts, 0.0f, 30.0f);
    check_float("timestampThreshold", params.thold_pt, 0.0f, 1.0f);
    check_float("timestampSumThreshold", params.thold_ptsum, 0.0f, 1.0f);
    check_prompt(params, model);

    check_int("offsetMs", params.offset_ms, 0, 86400000);
    check_int("durationMs", params.duration_ms, 0, 86400000);
    check_int("maxTokens", params.max_tokens, 0, model.n_text_ctx);
    check_int("maxLength", params.max_len, 0, 1000000);
    check_int("audioContext", params.audio_ctx, 0, model.n_audio_ctx);
    check_dtw(params, context);

    if (!params.suppress_regex.empty()) {
        check_pattern(params.suppress_regex);
    }
    check_tokens("suppressTokens", params.suppress_tokens, model.n_vocab, static_cast<size_t>(model.n_vocab));
    if (!params.grammar.empty()) {
        Grammar::parse(params.grammar, params.grammar_rule);
        check_float("grammarPenalty", params.grammar_penalty, 0.0f, 10000.0f);
    }
}

whisper_full_params to_full_params(const JobParams & params) {
    whisper_full_params full =
        whisper_full_default_params(params.strategy == "beam" ? WHISPER_SAMPLING_BEAM_SEARCH : WHISPER_SAMPLING_GREEDY);
    full.n_threads = params.threads;
    full.greedy.best_of = params.best_of;
    full.beam_search.beam_size = params.beam_size;
    full.language = params.language.c_str();
    full.translate = params.translate;
    full.temperature = params.temperature;
    full.temperature_inc = params.temperature_inc;
    full.entropy_thold = params.entropy_thold;
    full.logprob_thold = params.logprob_thold;
    full.no_speech_thold = params.no_speech_thold;
    full.length_penalty = params.length_penalty;
    full.max_initial_ts = params.max_initial_ts;
    if (!params.prompt_tokens.empty()) {
        full.prompt_tokens = params.prompt_tokens.data();
        full.prompt_n_tokens = static_cast<int>(params.prompt_tokens.size());
    } else if (!params.initial_prompt.empty()) {
        full.initial_prompt = params.initial_prompt.c_str();
    }
    full.carry_initial_prompt = params.carry_initial_prompt;
    full.no_context = params.no_context;
    full.n_max_text_ctx = params.n_max_text_ctx;
    full.offset_ms = params.offset_ms;
    full.duration_ms = params.duration_ms;
    full.max_tokens = params.max_tokens;
    full.audio_ctx = params.audio_ctx;
    full.no_timestamps = params.no_timestamps;
    full.single_segment = params.single_segment;
    full.token_timestamps = params.token_timestamps;
    full.thold_pt = params.thold_pt;
    full.thold_ptsum = params.thold_ptsum;
    full.max_len = params.max_len;
    full.split_on_word = params.split_on_word;
    full.suppress_blank = params.suppress_blank;
    full.suppress_nst = params.suppress_nst;
    full.tdrz_enable = params.tdrz_enable;
    full.print_progress = false;
    full.print_timestamps = false;
    return full;
}

}  // namespace steady
