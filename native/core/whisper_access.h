#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "ggml-backend.h"
#include "ggml.h"
#include "model_file.h"
#include "whisper.h"

// What whisper.cpp keeps private and a long-lived service needs. Implemented in whisper_unit.cc, the one translation
// unit that includes upstream's src/whisper.cpp, so that no upstream file is patched or copied.
namespace steady::upstream {

// Loads without a default state. Throws CodedError ERR_WHISPER_OUT_OF_MEMORY, ERR_WHISPER_MODEL_INVALID,
// ERR_WHISPER_MODEL_READ, ERR_WHISPER_ABORTED. Upstream's own entry point leaks every weight when loading fails.
whisper_context * load_context(ValidatedModel & model, const whisper_context_params & params,
                               const std::atomic<bool> & cancelled);

// Throws CodedError ERR_WHISPER_OUT_OF_MEMORY or ERR_WHISPER_INFERENCE_FAILED.
whisper_state * create_state(whisper_context * context);

// Puts back everything that jobs leave in a state, so that results are bit-identical to a new state's. Buffers stay
// where they are, except the self-attention cache when a job with several decoders has made it grow.
// Throws CodedError ERR_WHISPER_OUT_OF_MEMORY: then the state must be freed.
void reset_state(whisper_context * context, whisper_state * state);

struct StateBytes {
    size_t kv_cache = 0;  // self, cross and padding caches, on the device
    size_t compute = 0;   // the four schedulers' buffers, on the device, and their metadata
    size_t host = 0;      // vectors: mel, logits, decoders, batch
    size_t total() const {
        return kv_cache + compute + host;
    }
};
StateBytes state_bytes(whisper_context * context, whisper_state * state);

size_t weights_buffer_bytes(const whisper_context * context);

// The GPU that weights lie on; null when they are on the CPU.
ggml_backend_dev_t weights_gpu(const whisper_context * context);

// Running totals of a state since it was created or reset.
struct Counters {
    int64_t mel_us = 0;
    int64_t encode_us = 0;
    int64_t decoder_us = 0;  // prompt and token passes together
    int64_t sample_us = 0;
    int32_t encodes = 0;
};
Counters counters(const whisper_state * state);

// The decoder pass that has just finished. Valid inside whisper_full_params.abort_callback.
struct DecoderPass {
    bool is_prompt = false;  // the first pass of an attempt: previous text, start of transcript, task
    int tokens = 0;
};
DecoderPass last_decoder_pass(const whisper_state * state);

// Probability of <|nospeech|> at the start-of-transcript position of the prompt pass that has just finished; negative
// when it can't be told. Valid inside abort_callback, on the state's thread. Upstream reads the wrong row of the
// logits (a row that was never written, unless the prompt is one token long), so its own value means nothing.
float no_speech_probability(whisper_context * context, whisper_state * state);

// Lets the state's backends that can be interrupted between graph nodes (the CPU's) poll `callback`.
void set_node_abort_callback(whisper_state * state, ggml_abort_callback callback, void * data);

// The log-mel spectrogram of a job, computed apart from whisper_full_with_state so that its time is known, and the
// signal energy that token timestamps need. Returns upstream's code (0 is success).
int compute_mel(whisper_context * context, whisper_state * state, const float * samples, int n_samples, int n_threads,
                bool with_energy);

// Language of the first window. Clears a previous job's audio_ctx first, which upstream forgets.
// Fills probabilities by whisper_lang_id; returns the id, or upstream's negative code.
int detect_language(whisper_context * context, whisper_state * state, int n_threads,
                    std::vector<float> & probabilities);

// Alignment heads of a DTW preset as (text layer, head).
std::vector<std::pair<int, int>> alignment_heads(whisper_alignment_heads_preset preset);

#ifdef STEADY_TESTS
// Makes the n-th device allocation from now (1 = the next) on this thread fail, as a full device would.
void fail_device_allocation(int n);
// Makes the next decoder pass on this thread fail, as an assertion of upstream's would.
void fail_assertion();
#endif

}  // namespace steady::upstream
