#pragma once

#include <optional>
#include <string>
#include <vector>

#include "context.h"
#include "whisper.h"

namespace steady {

// One transcription's options. Defaults are whisper-cli's, except greedy decoding with fallback where whisper-cli has
// beam search with 5 beams. lib/options.ts documents each one.
struct JobParams {
    int threads = 1;
    std::string strategy = "greedy";  // "greedy" | "beam"
    int best_of = 5;
    int beam_size = 5;

    std::string language = "en";  // a whisper language code, or "auto"
    bool translate = false;

    float temperature = 0.0f;
    float temperature_inc = 0.2f;
    float entropy_thold = 2.4f;
    float logprob_thold = -1.0f;
    float no_speech_thold = 0.6f;
    float length_penalty = -1.0f;
    float max_initial_ts = 1.0f;

    std::string initial_prompt;
    std::vector<int> prompt_tokens;
    bool carry_initial_prompt = false;
    bool no_context = true;
    int n_max_text_ctx = 16384;

    int offset_ms = 0;
    int duration_ms = 0;
    int max_tokens = 0;
    int audio_ctx = 0;

    bool no_timestamps = false;
    bool single_segment = false;
    bool token_timestamps = false;
    float thold_pt = 0.01f;
    float thold_ptsum = 0.01f;
    int max_len = 0;
    bool split_on_word = false;

    bool suppress_blank = true;
    bool suppress_nst = false;
    std::string suppress_regex;
    std::vector<int> suppress_tokens;
    bool tdrz_enable = false;

    std::string grammar;
    std::string grammar_rule = "root";
    float grammar_penalty = 100.0f;
};

// How many of whisper.cpp's languages, which are numbered by whisper_lang_str, a model's vocabulary has: 99, or 100 with
// Cantonese ("yue"), which came with large-v3. The token after the last one is <|translate|>.
int language_count(const ModelFacts & model);

// Everything that whisper.cpp takes on trust and must not: each bound stands for a crash, a hang or a silently wrong
// text when it is passed. Throws CodedError ERR_WHISPER_INVALID_ARG naming the option, its value and the bound.
void check_params(const JobParams & params, const ContextInfo & context);

// Upstream's structure, without callbacks, grammar and suppressed tokens, which belong to the running job.
// Pointers refer into `params`, which must outlive the result.
whisper_full_params to_full_params(const JobParams & params);

}  // namespace steady
