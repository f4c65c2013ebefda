#include "job_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

#include "checks.h"
#include "coded_error.h"
#include "suppress_regex.h"

namespace steady {

namespace {

constexpr int kSamplesPerMs = 16;  // WHISPER_SAMPLE_RATE / 1000
constexpr int kWindowCs = 3000;    // WHISPER_CHUNK_SIZE in centiseconds, upstream's unit of time
constexpr size_t kMaxSamples = size_t{24} * 3600 * 1000 * kSamplesPerMs;
// Far above what rounding or mastering produces, far below 16-bit integers that somebody forgot to scale.
constexpr float kMaxMagnitude = 1000.0f;

int64_t now_us() {
    return ggml_time_us();
}

double ms(int64_t us) {
    return static_cast<double>(us) / 1000.0;
}

}  // namespace

void keep_languages_of_model(std::vector<float> & probabilities, int count) {
    if (static_cast<size_t>(count) >= probabilities.size()) {
        return;
    }
    probabilities.resize(static_cast<size_t>(count));
    double sum = 0;
    for (const float p : probabilities) {
        sum += static_cast<double>(p);
    }
    for (float & p : probabilities) {
        p = sum > 0 ? static_cast<float>(static_cast<double>(p) / sum) : 1.0f / static_cast<float>(count);
    }
}

Job::Job(JobKind kind, JobParams params, std::vector<float> samples, JobEvents events)
    : kind_(kind),
      params_(std::move(params)),
      samples_(std::move(samples)),
      events_(std::move(events)),
      submitted_us_(now_us()) {}

JobPhase Job::cancel() {
    cancelled_.store(true, std::memory_order_relaxed);
    return phase_.load(std::memory_order_relaxed);
}

JobRun::JobRun(Job & job, Context & context, whisper_state * state, SharedByJobs & shared)
    : job_(job),
      context_(context),
      state_(state),
      shared_(shared) {
    upstream::set_node_abort_callback(state_, on_node, this);
}

JobRun::~JobRun() {
    if (!state_lost_) {
        upstream::set_node_abort_callback(state_, nullptr, nullptr);
    }
}

JobResult JobRun::run() {
    started_us_ = now_us();
    result_.timing.wait_ms = ms(started_us_ - job_.submitted_us_);
    result_.audio_duration_ms = static_cast<int64_t>(job_.samples_.size()) / kSamplesPerMs;
    shared_.clock.start(kChecksInput ? job_.params_.threads : 1);  // it starts a team of that size itself

    faults_.begin(shared_.faults, context_.faults());

    check_cancelled();
    check_audio();
    if (!too_short()) {
        compute_mel();
        job_.begin(context_.info().dtw ? JobPhase::running_with_dtw : JobPhase::running);
        check_cancelled();
        detect_language();
        if (job_.kind_ == JobKind::transcribe) {
            transcribe();
        }
    } else {
        result_.language = job_.params_.language == "auto" ? "" : job_.params_.language;
    }
    finish_timing();
    return std::move(result_);
}

bool JobRun::cancelled() const {
    return job_.cancelled_.load(std::memory_order_relaxed);
}

void JobRun::check_cancelled() const {
    if (!cancelled()) {
        return;
    }
    if (job_.state_freed_.load(std::memory_order_relaxed)) {
        throw CodedError("ERR_WHISPER_FREED", "the state was freed while the job was running");
    }
    throw CodedError("ERR_WHISPER_ABORTED", "the job was aborted");
}

void JobRun::check_audio() const {
    if constexpr (!kChecksInput) {
        return;
    }
    const std::vector<float> & samples = job_.samples_;
    if (samples.empty()) {
        throw CodedError("ERR_WHISPER_AUDIO_INVALID", "audio must have samples; received none");
    }
    if (samples.size() > kMaxSamples) {
        throw CodedError("ERR_WHISPER_AUDIO_TOO_LONG", "audio must not be longer than 24 hours; split it");
    }
    const auto bad = std::find_if_not(samples.begin(), samples.end(),
                                      [](float x) { return std::fabs(x) <= kMaxMagnitude; });  // false for NaN
    if (bad != samples.end()) {
        throw CodedError("ERR_WHISPER_AUDIO_INVALID", "audio samples must be finite numbers in [-1, 1]; sample " +
                                                          std::to_string(bad - samples.begin()) + " is " +
                                                          std::to_string(*bad) +
                                                          " (16-bit samples are divided by 32768)");
    }
    if (job_.kind_ == JobKind::transcribe && job_.params_.offset_ms > 0 &&
        job_.params_.offset_ms >= result_.audio_duration_ms) {
        throw CodedError("ERR_WHISPER_INVALID_ARG", "offsetMs must be less than the audio's duration, " +
                                                        std::to_string(result_.audio_duration_ms) + " ms; received " +
                                                        std::to_string(job_.params_.offset_ms));
    }
}

// Upstream returns no segments for less than 10 mel frames (100 ms), but only after it has read out of bounds for less
// than 200 samples. The frame count is log_mel_spectrogram's n_len_org.
bool JobRun::too_short() const {
    const int64_t frames = 1 + (static_cast<int64_t>(job_.samples_.size()) + 200 - 400) / 160;
    return kChecksInput && frames < 10;
}

void JobRun::compute_mel() {
    job_.begin(JobPhase::mel);
    const int64_t started = now_us();
    const int code =
        upstream::compute_mel(context_.handle(), state_, job_.samples_.data(), static_cast<int>(job_.samples_.size()),
                              job_.params_.threads, job_.params_.token_timestamps);
    result_.timing.mel_ms = ms(now_us() - started);
    if (code != 0) {
        throw_failure("the mel spectrogram could not be computed", code);
    }
}

// Before whisper_full_with_state rather than within it, which keeps the probabilities to itself. The order of what
// touches the state is the same, so results are too.
void JobRun::detect_language() {
    result_.language = job_.params_.language;
    if (job_.params_.language != "auto" && job_.kind_ != JobKind::detect_language) {
        return;
    }
    job_.tick();
    const int64_t started = now_us();
    std::vector<float> probabilities;
    const int code = upstream::detect_language(context_.handle(), state_, job_.params_.threads, probabilities);
    result_.timing.detect_ms = ms(now_us() - started);
    check_cancelled();
    if (code < 0) {
        throw_failure("the language could not be detected", code);
    }
    result_.timing.encoder_passes = 1;
    const int count = language_count(context_.info().model);
    keep_languages_of_model(probabilities, count);
    const auto best = std::max_element(probabilities.begin(), probabilities.end());
    const int id = code < count ? code : static_cast<int>(best - probabilities.begin());
    result_.language = whisper_lang_str(id);
    result_.language_prob = probabilities[static_cast<size_t>(id)];
    for (size_t i = 0; i < probabilities.size(); ++i) {
        result_.language_probs.emplace_back(whisper_lang_str(static_cast<int>(i)), probabilities[i]);
    }
}

void JobRun::transcribe() {
    const JobParams & params = job_.params_;
    whisper_full_params full = to_full_params(params);
    full.language = result_.language.c_str();
    if (kChecksInput && full.duration_ms > 0 &&
        full.offset_ms + static_cast<int64_t>(full.duration_ms) > result_.audio_duration_ms) {
        full.duration_ms = 0;  // to the end; upstream would decode windows of nothing beyond it
    }

    Grammar grammar;
    if (!params.grammar.empty()) {
        grammar = Grammar::parse(params.grammar, params.grammar_rule);
        grammar_rules_ = grammar.rules();
        full.grammar_rules = grammar_rules_.data();
        full.n_grammar_rules = grammar_rules_.size();
        full.i_start_rule = grammar.start_rule();
        full.grammar_penalty = params.grammar_penalty;
    }
    suppressed_ = params.suppress_tokens;
    if (!params.suppress_regex.empty() && !kChecksInput) {
        full.suppress_regex = params.suppress_regex.c_str();
    } else if (!params.suppress_regex.empty()) {
        const auto matching = tokens_matching(context_.handle(), params.suppress_regex, job_.cancelled_);
        suppressed_.insert(suppressed_.end(), matching.begin(), matching.end());
    }
    if (!suppressed_.empty()) {
        full.logits_filter_callback = on_logits;
        full.logits_filter_callback_user_data = this;
    }
    faults_.lengthen_prompt(context_.handle(), full);
    full.abort_callback = on_pass_done;
    full.abort_callback_user_data = this;
    full.encoder_begin_callback = on_encoder_begin;
    full.encoder_begin_callback_user_data = this;
    full.new_segment_callback = on_segments;
    full.new_segment_callback_user_data = this;
    full.progress_callback = on_progress;
    full.progress_callback_user_data = this;

    counters_at_start_ = upstream::counters(state_);
    decoder_us_seen_ = counters_at_start_.decoder_us;
    encodes_seen_ = counters_at_start_.encodes;
    // No samples: the mel spectrogram is there already.
    const int code = whisper_full_with_state(context_.handle(), state_, full, nullptr, 0);
    state_lost_ = code == -7;
    if (callback_error_) {
        std::rethrow_exception(callback_error_);
    }
    check_cancelled();
    if (state_lost_) {
        throw CodedError("ERR_WHISPER_OUT_OF_MEMORY",
                         "not enough memory for the decoders' cache: lower bestOf or beamSize, or free other states");
    }
    if (code != 0) {
        throw_failure("whisper.cpp could not transcribe the audio", code);
    }
    deliver_segments();
}

// Polled by ggml between graph nodes, on the computing team's first thread, which is the state's own.
bool JobRun::on_node(void * self) {
    JobRun & run = *static_cast<JobRun *>(self);
    run.job_.tick();
    run.faults_.burn(run.job_.cancelled_);
    return run.nodes_interruptible_ && run.cancelled();
}

// After every encoder and decoder pass of whisper_full_with_state.
bool JobRun::on_pass_done(void * self) {
    JobRun & run = *static_cast<JobRun *>(self);
    run.job_.tick();
    try {
        run.count_pass();
        run.faults_.burn(run.job_.cancelled_);  // GPUs poll between no nodes
    } catch (...) {
        run.callback_error_ = std::current_exception();
        return true;
    }
    return run.cancelled();
}

bool JobRun::on_encoder_begin(whisper_context *, whisper_state *, void * self) {
    JobRun & run = *static_cast<JobRun *>(self);
    run.job_.tick();
    run.attempts_in_window_ = 0;
    ++run.result_.timing.windows;
    run.nodes_interruptible_ = true;
    return !run.cancelled();
}

void JobRun::on_segments(whisper_context *, whisper_state *, int, void * self) {
    JobRun & run = *static_cast<JobRun *>(self);
    // With DTW, upstream counts new segments wrongly and calls this before the times are there: see on_progress.
    if (!run.context_.info().dtw) {
        run.deliver_segments();
    }
}

// Before the first window, and after each.
void JobRun::on_progress(whisper_context *, whisper_state *, int percent, void * self) {
    JobRun & run = *static_cast<JobRun *>(self);
    run.count_alignment();
    run.deliver_segments();
    if (run.job_.events_.progress && !run.cancelled()) {
        run.job_.events_.progress(std::clamp(percent, 0, 100));
    }
}

// Called from upstream's sampling threads, several at once: only reads.
void JobRun::on_logits(whisper_context *, whisper_state *, const whisper_token_data *, int, float * logits,
                       void * self) {
    for (const whisper_token token : static_cast<const JobRun *>(self)->suppressed_) {
        logits[token] = -std::numeric_limits<float>::infinity();
    }
}

void JobRun::count_pass() {
    JobTiming & timing = result_.timing;
    const upstream::Counters now = upstream::counters(state_);
    pass_done_us_ = now_us();
    sample_us_seen_ = now.sample_us;
    if (now.encodes != encodes_seen_) {
        // The encoder's pass. From here to the next one, DTW may decode once more, and asserts that it isn't stopped.
        encodes_seen_ = now.encodes;
        decoder_us_seen_ = now.decoder_us;
        nodes_interruptible_ = !context_.info().dtw;
        return;
    }
    const double pass_ms = ms(now.decoder_us - decoder_us_seen_);
    decoder_us_seen_ = now.decoder_us;
    const upstream::DecoderPass pass = upstream::last_decoder_pass(state_);
    if (pass.is_prompt) {
        if (attempts_in_window_++ > 0) {
            ++timing.fallbacks;
            timing.fallback_tokens += attempt_tokens_;
        }
        attempt_tokens_ = 0;
        timing.prompt_ms += pass_ms;
        timing.prompt_tokens += pass.tokens;
        no_speech_prob_ = upstream::no_speech_probability(context_.handle(), state_);
    } else {
        timing.decode_ms += pass_ms;
        timing.tokens_decoded += pass.tokens;
        attempt_tokens_ += pass.tokens;
    }
}

// DTW's pass over a window's tokens and what it makes of it: upstream polls no callback there, and its counter for
// prompts takes the decoder's part. So it is what passed since the window's last decoder pass, but for sampling.
void JobRun::count_alignment() {
    const bool new_segments = whisper_full_n_segments_from_state(state_) > static_cast<int>(result_.segments.size());
    if (!context_.info().dtw || !new_segments) {
        return;
    }
    const upstream::Counters now = upstream::counters(state_);
    result_.timing.align_ms += ms(now_us() - pass_done_us_ - (now.sample_us - sample_us_seen_));
    decoder_us_seen_ = now.decoder_us;
}

// Segments are final once upstream has announced them, or a window is over: copied here, on the state's thread.
void JobRun::deliver_segments() {
    try {
        std::vector<Segment> fresh;
        const int count = whisper_full_n_segments_from_state(state_);
        for (int i = static_cast<int>(result_.segments.size()); i < count; ++i) {
            fresh.push_back(copy_segment(i));
            result_.segments.push_back(fresh.back());
        }
        if (!fresh.empty()) {
            job_.tick();
            if (job_.events_.segments && !cancelled()) {
                job_.events_.segments(fresh);
            }
        }
    } catch (...) {
        callback_error_ = std::current_exception();
        job_.cancelled_.store(true, std::memory_order_relaxed);
    }
}

Segment JobRun::copy_segment(int index) const {
    Segment segment;
    segment.index = index;
    int64_t end_cs = whisper_full_get_segment_t1_from_state(state_, index);
    int64_t start_cs = whisper_full_get_segment_t0_from_state(state_, index);
    if (start_cs < 0) {
        // No timestamp had any probability (always so with no_timestamps): upstream's start is about -1007 s. Such a
        // window is one segment, which ends a window's length after its start; max_len may have split it, at times
        // that are as wrong.
        const int64_t earliest_cs =
            (result_.segments.empty() ? job_.params_.offset_ms : result_.segments.back().end_ms) / 10;
        start_cs = std::max(earliest_cs, end_cs - kWindowCs);
    }
    end_cs = std::max(end_cs, start_cs);
    segment.start_ms = start_cs * 10;
    segment.end_ms = end_cs * 10;
    segment.text = whisper_full_get_segment_text_from_state(state_, index);
    segment.no_speech_prob = no_speech_prob_;
    segment.speaker_turn_next = whisper_full_get_segment_speaker_turn_next_from_state(state_, index);
    const int n_tokens = whisper_full_n_tokens_from_state(state_, index);
    segment.tokens.reserve(static_cast<size_t>(n_tokens));
    for (int i = 0; i < n_tokens; ++i) {
        const whisper_token_data data = whisper_full_get_token_data_from_state(state_, index, i);
        Token token;
        token.id = data.id;
        token.text = whisper_full_get_token_text_from_state(context_.handle(), state_, index, i);
        token.p = data.p;
        if (job_.params_.token_timestamps) {
            token.start_ms = std::max(data.t0, start_cs) * 10;
            token.end_ms = std::max(data.t1, start_cs) * 10;
        }
        token.dtw_ms = data.t_dtw < 0 ? -1 : data.t_dtw * 10;
        segment.tokens.push_back(std::move(token));
    }
    return segment;
}

void JobRun::finish_timing() {
    JobTiming & timing = result_.timing;
    if (timing.windows > 0) {
        const upstream::Counters now = upstream::counters(state_);
        timing.encode_ms = ms(now.encode_us - counters_at_start_.encode_us);
        timing.sample_ms = ms(now.sample_us - counters_at_start_.sample_us);
        timing.encoder_passes += now.encodes - counters_at_start_.encodes;
    }
    faults_.burn(job_.cancelled_);
    faults_.report(timing);
    const ThreadUsage usage = shared_.clock.usage();
    timing.cpu_ms = static_cast<double>(usage.cpu_ns) / 1e6;
    if (usage.run_delay_ns >= 0) {
        timing.run_delay_ms = static_cast<double>(usage.run_delay_ns) / 1e6;
    }
    timing.threads_measured = usage.threads;
    timing.wall_ms = ms(now_us() - started_us_);
}

void JobRun::throw_failure(const char * what, int code) const {
    check_cancelled();
    throw CodedError("ERR_WHISPER_INFERENCE_FAILED", std::string(what) + " (code " + std::to_string(code) + ")");
}

}  // namespace steady
