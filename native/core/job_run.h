#pragma once

#include <exception>
#include <vector>

#include "fault_injection.h"
#include "grammar.h"
#include "job.h"
#include "thread_clock.h"
#include "whisper_access.h"

namespace steady {

// Language detection in upstream takes all languages that it knows for the model's, the token after a model's last one
// (<|translate|>) included. Keeps the first `count` probabilities and scales them to a sum of 1.
void keep_languages_of_model(std::vector<float> & probabilities, int count);

// What a state's jobs share beside the whisper_state. Of its thread only.
struct SharedByJobs {
    TeamClock clock;
    FaultHost faults;
};

// One job on one state: mel, language, whisper_full_with_state, and what its callbacks tell. Lives on the stack of the
// state's thread; everything in it runs there, except logits_filter, which upstream calls from its sampling threads.
class JobRun {
public:
    JobRun(Job & job, Context & context, whisper_state * state, SharedByJobs & shared);
    ~JobRun();

    // Throws CodedError. ERR_WHISPER_ABORTED and ERR_WHISPER_FREED leave a state that only needs a reset.
    JobResult run();

    // Upstream freed the state itself (its code -7).
    bool state_lost() const {
        return state_lost_;
    }

private:
    static bool on_node(void * self);
    static bool on_pass_done(void * self);
    static bool on_encoder_begin(whisper_context *, whisper_state *, void * self);
    static void on_segments(whisper_context *, whisper_state *, int n_new, void * self);
    static void on_progress(whisper_context *, whisper_state *, int percent, void * self);
    static void on_logits(whisper_context *, whisper_state *, const whisper_token_data *, int, float * logits,
                          void * self);

    bool cancelled() const;
    void check_cancelled() const;
    void check_audio() const;
    bool too_short() const;
    void compute_mel();
    void detect_language();
    void transcribe();
    void count_pass();
    void count_alignment();
    void deliver_segments();
    Segment copy_segment(int index) const;
    void finish_timing();
    [[noreturn]] void throw_failure(const char * what, int code) const;

    Job & job_;
    Context & context_;
    whisper_state * const state_;
    SharedByJobs & shared_;
    JobFaults faults_;
    JobResult result_;
    std::exception_ptr callback_error_;
    bool state_lost_ = false;
    bool nodes_interruptible_ = true;

    std::vector<whisper_token> suppressed_;
    std::vector<const whisper_grammar_element *> grammar_rules_;

    int64_t started_us_ = 0;
    upstream::Counters counters_at_start_;
    int64_t decoder_us_seen_ = 0;
    int64_t pass_done_us_ = 0;  // when the last encoder or decoder pass was done
    int64_t sample_us_seen_ = 0;
    int attempts_in_window_ = 0;
    int attempt_tokens_ = 0;
    int encodes_seen_ = 0;
    float no_speech_prob_ = -1.0f;
};

}  // namespace steady
