#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coded_error.h"
#include "job_params.h"

namespace steady {

struct Token {
    int id = 0;
    std::string text;  // may be part of a UTF-8 sequence
    float p = 0.0f;
    int64_t start_ms = -1;  // -1: not computed (token_timestamps)
    int64_t end_ms = -1;
    int64_t dtw_ms = -1;  // -1: not computed (context without DTW)
};

struct Segment {
    int index = 0;
    int64_t start_ms = 0;
    int64_t end_ms = 0;
    std::string text;
    std::vector<Token> tokens;
    float no_speech_prob = -1.0f;  // of the segment's window; -1: unknown
    bool speaker_turn_next = false;
};

// Milliseconds of the phases, and what was done in them. All are differences over this one job.
struct JobTiming {
    double wait_ms = 0;    // from submission until the state's thread began
    double wall_ms = 0;    // from then to the end
    double mel_ms = 0;     // the log-mel spectrogram, and the signal's energy if token times are asked for
    double detect_ms = 0;  // language detection as a whole; its encoder pass is not in encode_ms
    double encode_ms = 0;
    double prompt_ms = 0;  // decoder passes over prompts
    double decode_ms = 0;  // decoder passes over new tokens
    double sample_ms = 0;
    double align_ms = 0;  // DTW's token times, the last sampling step and the text of each window with them; else 0
    double cpu_ms = 0;    // never negative
    double run_delay_ms = -1;  // -1: not known of every thread
#ifdef STEADY_FAULTS
    double injected_ms = 0;  // CPU time that a fault has burnt in the job's name
#endif
    int threads_measured = 0;  // whose cpu_ms this is: the state's own, and the team's that lived through the job
    int windows = 0;
    int encoder_passes = 0;  // windows, and one more for language detection
    int tokens_decoded = 0;  // tokens that the decoder evaluated after prompts, over all attempts and beams
    int prompt_tokens = 0;
    int fallbacks = 0;        // attempts beyond the first of each window
    int fallback_tokens = 0;  // tokens_decoded of the attempts that were thrown away
};

struct JobResult {
    std::vector<Segment> segments;
    std::string language;
    float language_prob = -1.0f;  // -1: the language was given
    std::vector<std::pair<std::string, float>> language_probs;
    int64_t audio_duration_ms = 0;
    JobTiming timing;
};

enum class JobKind { transcribe, detect_language };

// What a job reports, on the state's thread. `done` is called exactly once, last.
struct JobEvents {
    std::function<void(const std::vector<Segment> &)> segments;
    std::function<void(int)> progress;  // percent
    std::function<void(JobResult &&, std::optional<Failure>)> done;
};

// What is happening to a job. `mel` can't be interrupted, nor can DTW's pass at a window's end, whose beginning upstream
// doesn't tell; `waiting` has nothing to interrupt.
enum class JobPhase { waiting, mel, running, running_with_dtw, finished };

class Job {
public:
    Job(JobKind kind, JobParams params, std::vector<float> samples, JobEvents events);

    // Any thread. Returns the phase that the request met.
    JobPhase cancel();

    const std::atomic<bool> & cancelled() const {
        return cancelled_;
    }

    // Any thread.
    JobPhase phase() const {
        return phase_.load(std::memory_order_relaxed);
    }
    // Signs of life so far: the beginning of a phase, each graph node on backends that poll between them (the CPU's),
    // each encoder or decoder pass, each delivery of segments. None while the spectrogram is computed. Any thread.
    uint64_t ticks() const {
        return ticks_.load(std::memory_order_relaxed);
    }

private:
    friend class State;
    friend class JobRun;

    // The state's thread only, which is why there is no locked addition.
    void tick() {
        ticks_.store(ticks_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    void begin(JobPhase phase) {
        phase_.store(phase, std::memory_order_relaxed);
        tick();
    }

    const JobKind kind_;
    const JobParams params_;
    std::vector<float> samples_;  // mono, 16 kHz
    JobEvents events_;
    const int64_t submitted_us_;
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> state_freed_{false};  // cancelled because its state is being freed
    std::atomic<JobPhase> phase_{JobPhase::waiting};
    std::atomic<uint64_t> ticks_{0};
};

}  // namespace steady
