// The reference that the addon's results are compared with: whisper_full() on a context with its default state, out of
// upstream's own library and through its public header only. Nothing of our core is linked in.
//
//   parity MODEL [--no-flash-attention [--dtw-heads LAYER:HEAD,...]]
//
// One job per line on stdin: key=value pairs separated by tabs (see Job). One line of JSON per job on stdout, with
// upstream's own units (centiseconds) and values, junk included. Texts are upstream's bytes; a token's may be part of a
// UTF-8 sequence.

#include "whisper.h"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using ContextPtr = std::unique_ptr<whisper_context, decltype(&whisper_free)>;

struct Options {
    std::string model;
    bool flash_attention = true;
    std::vector<whisper_ahead> dtw_heads;  // of token times by dynamic time warping; none: no such times
};

struct Job {
    // "transcribe"; or "languages": whisper_lang_auto_detect(); or "no-speech": the probability of <|nospeech|> after
    // <|startoftranscript|>, with prompt_tokens as previous text before it, in the window that starts at offset_ms,
    // computed from whisper_get_logits().
    std::string kind = "transcribe";
    std::string pcm;   // file of 32-bit floats, mono, 16 kHz
    std::string keep;  // name of a context that all jobs with it share, and its default state, instead of a new one
    int repeat = 1;    // calls of whisper_full(), all timed; the last one's result is printed
    std::string strategy = "greedy";
    std::string language = "en";
    std::string prompt;
    std::vector<whisper_token> prompt_tokens;  // separated by commas, as the next
    std::vector<whisper_token> suppress_tokens;
    std::string suppress_regex;
    std::map<std::string, std::string> numbers;  // fields of whisper_full_params, by name
};

template <typename T>
void parse(const std::string & text, T & value) {
    std::istringstream stream(text);
    if (!(stream >> value) || !(stream >> std::ws).eof()) {
        throw std::runtime_error("not a number: " + text);
    }
}

std::vector<std::string> split(const std::string & text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    std::string part;
    while (std::getline(stream, part, separator)) {
        parts.push_back(part);
    }
    return parts;
}

std::vector<whisper_token> parse_tokens(const std::string & text) {
    std::vector<whisper_token> tokens;
    for (const std::string & part : split(text, ',')) {
        parse(part, tokens.emplace_back());
    }
    return tokens;
}

const std::map<std::string, std::function<void(whisper_full_params &, const std::string &)>> & number_fields() {
#define FIELD(name)                                                                                     \
    {                                                                                                   \
#name, [](whisper_full_params & params, const std::string & text) { parse(text, params.name); } \
    }
    static const std::map<std::string, std::function<void(whisper_full_params &, const std::string &)>> fields = {
        FIELD(n_threads),      FIELD(greedy.best_of), FIELD(beam_search.beam_size),
        FIELD(translate),      FIELD(temperature),    FIELD(temperature_inc),
        FIELD(entropy_thold),  FIELD(logprob_thold),  FIELD(no_speech_thold),
        FIELD(length_penalty), FIELD(max_initial_ts), FIELD(carry_initial_prompt),
        FIELD(no_context),     FIELD(n_max_text_ctx), FIELD(offset_ms),
        FIELD(duration_ms),    FIELD(max_tokens),     FIELD(audio_ctx),
        FIELD(no_timestamps),  FIELD(single_segment), FIELD(token_timestamps),
        FIELD(thold_pt),       FIELD(thold_ptsum),    FIELD(max_len),
        FIELD(split_on_word),  FIELD(suppress_blank), FIELD(suppress_nst),
    };
#undef FIELD
    return fields;
}

Job parse_job(const std::string & line) {
    Job job;
    for (const std::string & pair : split(line, '\t')) {
        const size_t equals = pair.find('=');
        if (equals == std::string::npos) {
            throw std::runtime_error("not key=value: " + pair);
        }
        const std::string key = pair.substr(0, equals);
        const std::string value = pair.substr(equals + 1);
        if (key == "kind") {
            job.kind = value;
        } else if (key == "pcm") {
            job.pcm = value;
        } else if (key == "keep") {
            job.keep = value;
        } else if (key == "repeat") {
            parse(value, job.repeat);
        } else if (key == "strategy") {
            job.strategy = value;
        } else if (key == "language") {
            job.language = value;
        } else if (key == "prompt") {
            job.prompt = value;
        } else if (key == "prompt_tokens") {
            job.prompt_tokens = parse_tokens(value);
        } else if (key == "suppress_tokens") {
            job.suppress_tokens = parse_tokens(value);
        } else if (key == "suppress_regex") {
            job.suppress_regex = value;
        } else if (number_fields().count(key) > 0) {
            job.numbers[key] = value;
        } else {
            throw std::runtime_error("unknown key: " + key);
        }
    }
    if (job.strategy != "greedy" && job.strategy != "beam") {
        throw std::runtime_error("unknown strategy: " + job.strategy);
    }
    if (job.repeat < 1) {
        throw std::runtime_error("repeat must be 1 or more");
    }
    return job;
}

// Called from upstream's sampling threads.
void suppress(whisper_context *, whisper_state *, const whisper_token_data *, int, float * logits, void * tokens) {
    for (const whisper_token token : *static_cast<const std::vector<whisper_token> *>(tokens)) {
        logits[token] = -std::numeric_limits<float>::infinity();
    }
}

// Pointers refer into `job`.
whisper_full_params full_params(const Job & job) {
    whisper_full_params params =
        whisper_full_default_params(job.strategy == "beam" ? WHISPER_SAMPLING_BEAM_SEARCH : WHISPER_SAMPLING_GREEDY);
    params.print_progress = false;
    params.language = job.language.c_str();
    params.initial_prompt = job.prompt.empty() ? nullptr : job.prompt.c_str();
    params.prompt_tokens = job.prompt_tokens.empty() ? nullptr : job.prompt_tokens.data();
    params.prompt_n_tokens = static_cast<int>(job.prompt_tokens.size());
    params.suppress_regex = job.suppress_regex.empty() ? nullptr : job.suppress_regex.c_str();
    if (!job.suppress_tokens.empty()) {
        params.logits_filter_callback = suppress;
        params.logits_filter_callback_user_data = const_cast<std::vector<whisper_token> *>(&job.suppress_tokens);
    }
    for (const auto & [key, value] : job.numbers) {
        number_fields().at(key)(params, value);
    }
    return params;
}

std::vector<float> read_pcm(const std::string & path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("can't read " + path);
    }
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::vector<float> samples(bytes.size() / sizeof(float));
    bytes.copy(reinterpret_cast<char *>(samples.data()), samples.size() * sizeof(float));
    return samples;
}

ContextPtr load(const Options & options) {
    whisper_context_params params = whisper_context_default_params();
    params.use_gpu = false;
    params.flash_attn = options.flash_attention;
    if (!options.dtw_heads.empty()) {
        params.dtw_token_timestamps = true;
        params.dtw_aheads_preset = WHISPER_AHEADS_CUSTOM;
        params.dtw_aheads = {options.dtw_heads.size(), options.dtw_heads.data()};
    }
    ContextPtr context(whisper_init_from_file_with_params(options.model.c_str(), params), whisper_free);
    if (!context) {
        throw std::runtime_error("can't load " + options.model);
    }
    return context;
}

// CPU time of all threads of this process.
double process_cpu_ms() {
#ifdef _WIN32
    return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;  // wall time there
#else
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return 1000.0 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
#endif
}

double wall_ms() {
    using std::chrono::steady_clock;
    return std::chrono::duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

std::string quoted(const char * text) {
    std::string json = "\"";
    for (const char * c = text; *c; ++c) {
        const auto byte = static_cast<unsigned char>(*c);
        if (byte < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(byte));
            json += escape;
        } else {
            if (byte == '"' || byte == '\\') {
                json += '\\';
            }
            json += *c;
        }
    }
    return json + '"';
}

// Enough digits to give the same float (or double) back.
std::string number(double value, int digits = 9) {
    char text[40];
    std::snprintf(text, sizeof(text), "%.*g", digits, value);
    return text;
}

std::string json_list(const std::vector<std::string> & items) {
    std::string json = "[";
    for (size_t i = 0; i < items.size(); ++i) {
        json += (i > 0 ? "," : "") + items[i];
    }
    return json + "]";
}

std::string segment_json(whisper_context * context, int segment) {
    std::vector<std::string> tokens;
    for (int i = 0; i < whisper_full_n_tokens(context, segment); ++i) {
        const whisper_token_data data = whisper_full_get_token_data(context, segment, i);
        tokens.push_back("{\"id\":" + std::to_string(data.id) + ",\"p\":" + number(data.p) +
                         ",\"t0\":" + std::to_string(data.t0) + ",\"t1\":" + std::to_string(data.t1) +
                         ",\"dtw\":" + std::to_string(data.t_dtw) +
                         ",\"text\":" + quoted(whisper_full_get_token_text(context, segment, i)) + "}");
    }
    return "{\"t0\":" + std::to_string(whisper_full_get_segment_t0(context, segment)) +
           ",\"t1\":" + std::to_string(whisper_full_get_segment_t1(context, segment)) +
           ",\"noSpeechProb\":" + number(whisper_full_get_segment_no_speech_prob(context, segment)) +
           ",\"text\":" + quoted(whisper_full_get_segment_text(context, segment)) + ",\"tokens\":" + json_list(tokens) +
           "}";
}

std::string transcribe(whisper_context * context, const Job & job, const std::vector<float> & samples) {
    std::vector<std::string> cpu, wall;
    for (int i = 0; i < job.repeat; ++i) {
        const double wall_at_start = wall_ms();
        const double cpu_at_start = process_cpu_ms();
        const int code = whisper_full(context, full_params(job), samples.data(), static_cast<int>(samples.size()));
        cpu.push_back(number(process_cpu_ms() - cpu_at_start));
        wall.push_back(number(wall_ms() - wall_at_start));
        if (code != 0) {
            throw std::runtime_error("whisper_full returned " + std::to_string(code));
        }
    }
    std::vector<std::string> segments;
    for (int i = 0; i < whisper_full_n_segments(context); ++i) {
        segments.push_back(segment_json(context, i));
    }
    return "{\"language\":" + quoted(whisper_lang_str(whisper_full_lang_id(context))) + ",\"cpuMs\":" + json_list(cpu) +
           ",\"wallMs\":" + json_list(wall) + ",\"segments\":" + json_list(segments) + "}";
}

std::string languages(whisper_context * context, const Job & job, const std::vector<float> & samples) {
    const whisper_full_params params = full_params(job);
    if (whisper_pcm_to_mel(context, samples.data(), static_cast<int>(samples.size()), params.n_threads) != 0) {
        throw std::runtime_error("the mel spectrogram could not be computed");
    }
    std::vector<float> probabilities(static_cast<size_t>(whisper_lang_max_id()) + 1);
    const int id = whisper_lang_auto_detect(context, 0, params.n_threads, probabilities.data());
    if (id < 0) {
        throw std::runtime_error("whisper_lang_auto_detect returned " + std::to_string(id));
    }
    std::vector<std::string> pairs;  // in the order of ids
    for (size_t i = 0; i < probabilities.size(); ++i) {
        pairs.push_back("[" + quoted(whisper_lang_str(static_cast<int>(i))) + "," + number(probabilities[i]) + "]");
    }
    return "{\"language\":" + quoted(whisper_lang_str(id)) + ",\"probabilities\":" + json_list(pairs) +
           ",\"vocabulary\":" + std::to_string(whisper_n_vocab(context)) + "}";
}

std::string no_speech(whisper_context * context, const Job & job, const std::vector<float> & samples) {
    const whisper_full_params params = full_params(job);
    std::vector<whisper_token> tokens;
    if (!job.prompt_tokens.empty()) {
        tokens.push_back(whisper_token_prev(context));
        tokens.insert(tokens.end(), job.prompt_tokens.begin(), job.prompt_tokens.end());
    }
    tokens.push_back(whisper_token_sot(context));
    const int n_tokens = static_cast<int>(tokens.size());
    if (whisper_pcm_to_mel(context, samples.data(), static_cast<int>(samples.size()), params.n_threads) != 0 ||
        whisper_encode(context, params.offset_ms / 10, params.n_threads) != 0 ||
        whisper_decode(context, tokens.data(), n_tokens, 0, params.n_threads) != 0) {
        throw std::runtime_error("the window could not be evaluated");
    }
    const int n_vocab = whisper_n_vocab(context);
    const float * logits = whisper_get_logits(context) + static_cast<ptrdiff_t>(n_tokens - 1) * n_vocab;
    double sum = 0.0;
    for (int i = 0; i < n_vocab; ++i) {
        sum += std::exp(static_cast<double>(logits[i]));
    }
    const double probability = std::exp(static_cast<double>(logits[whisper_token_nosp(context)])) / sum;
    return "{\"noSpeechProb\":" + number(probability) + ",\"vocabulary\":" + std::to_string(n_vocab) + "}";
}

constexpr const char * kUsage = "usage: parity MODEL [--no-flash-attention [--dtw-heads LAYER:HEAD,...]] < jobs";

std::vector<whisper_ahead> parse_heads(const std::string & text) {
    std::vector<whisper_ahead> heads;
    for (const std::string & pair : split(text, ',')) {
        const std::vector<std::string> numbers = split(pair, ':');
        if (numbers.size() != 2) {
            throw std::runtime_error(kUsage);
        }
        heads.emplace_back();
        parse(numbers[0], heads.back().n_text_layer);
        parse(numbers[1], heads.back().n_head);
    }
    return heads;
}

Options parse_options(int argc, char ** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--no-flash-attention") {
            options.flash_attention = false;
        } else if (argument == "--dtw-heads" && i + 1 < argc) {
            options.dtw_heads = parse_heads(argv[++i]);
        } else if (options.model.empty() && argument[0] != '-') {
            options.model = argument;
        } else {
            throw std::runtime_error(kUsage);
        }
    }
    // With flash attention upstream computes no DTW times, and says so in its log only.
    if (options.model.empty() || (!options.dtw_heads.empty() && options.flash_attention)) {
        throw std::runtime_error(kUsage);
    }
    return options;
}

void serve(const Options & options) {
    const std::map<std::string, std::string (*)(whisper_context *, const Job &, const std::vector<float> &)> kinds = {
        {"transcribe", transcribe},
        {"languages", languages},
        {"no-speech", no_speech},
    };
    std::map<std::string, ContextPtr> kept;
    std::string line;
    while (std::getline(std::cin, line)) {
        const Job job = parse_job(line);
        const auto run = kinds.find(job.kind);
        if (run == kinds.end()) {
            throw std::runtime_error("unknown kind: " + job.kind);
        }
        const std::vector<float> samples = read_pcm(job.pcm);
        if (job.keep.empty()) {
            const ContextPtr context = load(options);
            std::cout << run->second(context.get(), job, samples) << std::endl;
            continue;
        }
        if (kept.count(job.keep) == 0) {
            kept.emplace(job.keep, load(options));
        }
        std::cout << run->second(kept.at(job.keep).get(), job, samples) << std::endl;
    }
}

}  // namespace

int main(int argc, char ** argv) {
    whisper_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    try {
        serve(parse_options(argc, argv));
    } catch (const std::exception & e) {
        std::cerr << "parity: " << e.what() << std::endl;
        return 1;
    }
    return 0;
}
