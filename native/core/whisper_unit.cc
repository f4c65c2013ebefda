// The one translation unit that contains whisper.cpp: upstream's source, unpatched, plus accessors to what it keeps
// private. Upstream's headers come first, so that the hooks' macros meet only the calls in whisper.cpp itself.

#include "whisper.h"

#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpp.h"
#include "ggml.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "available_memory.h"
#include "backend_registry.h"
#include "checks.h"
#include "coded_error.h"
#include "device_memory.h"
#include "whisper_access.h"

namespace steady::upstream::hooks {

// While a context or a state is being made: a failed device or allocation throws, and what there is so far is
// remembered, so that it can be given back. (Later, in mid-job, upstream handles a failure itself and returns -7.)
struct Construction {
    std::vector<ggml_backend_buffer_t> buffers;
    std::vector<ggml_backend_t> backends;
    Construction * previous;

    Construction();
    ~Construction();
    void give_back() {
        for (ggml_backend_buffer_t buffer : buffers) {
            ggml_backend_buffer_free(buffer);
        }
        for (ggml_backend_t backend : backends) {
            ggml_backend_free(backend);
        }
        buffers.clear();
        backends.clear();
    }
};

static thread_local Construction * construction = nullptr;
static thread_local ggml_tensor * decoder_logits = nullptr;

Construction::Construction() : previous(construction) {
    construction = this;
}

Construction::~Construction() {
    construction = previous;
}

#ifdef STEADY_TESTS
static thread_local int allocations_until_failure = 0;
static thread_local bool assertion_must_fail = false;

static bool allocation_must_fail() {
    return allocations_until_failure > 0 && --allocations_until_failure == 0;
}
#else
static bool allocation_must_fail() {
    return false;
}
#endif

[[noreturn]] static void assertion_failed() {
    throw CodedError("ERR_WHISPER_INFERENCE_FAILED", "an assertion inside whisper.cpp failed");
}

static ggml_tensor * logits_node(ggml_cgraph * graph, int index) {
#ifdef STEADY_TESTS
    if (assertion_must_fail) {
        assertion_must_fail = false;
        assertion_failed();
    }
#endif
    decoder_logits = ggml_graph_node(graph, index);
    return decoder_logits;
}

static ggml_backend_buffer_t checked(ggml_backend_buffer_t buffer) {
    if (construction) {
        if (!buffer) {
            throw std::bad_alloc();
        }
        construction->buffers.push_back(buffer);
    }
    return buffer;
}

static ggml_backend_buffer_t allocate_weights(ggml_context * context, ggml_backend_buffer_type_t type) {
    const auto lock = lock_device_memory(is_gpu(ggml_backend_buft_get_device(type)));
    return checked(allocation_must_fail() ? nullptr : ggml_backend_alloc_ctx_tensors_from_buft(context, type));
}

static ggml_backend_buffer_t allocate_cache(ggml_context * context, ggml_backend_t backend) {
    return checked(allocation_must_fail() ? nullptr : ggml_backend_alloc_ctx_tensors(context, backend));
}

static ggml_backend_t made(ggml_backend_t backend) {
    if (construction && backend) {
        construction->backends.push_back(backend);
    }
    return backend;
}

static ggml_backend_t init_device(ggml_backend_dev_t device, const char * params) {
    ggml_backend_t backend = allocation_must_fail() ? nullptr : ggml_backend_dev_init(device, params);
    if (construction && !backend) {
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE",
                         std::string("device ") + ggml_backend_dev_name(device) +
                             " could not be initialised: check its driver and free memory, or use backend \"cpu\"");
    }
    return made(backend);
}

static ggml_backend_t init_by_type(enum ggml_backend_dev_type type, const char * params) {
    const auto lock = read_backend_registry();
    return made(ggml_backend_init_by_type(type, params));
}

static size_t device_count() {
    const auto lock = read_backend_registry();
    return ggml_backend_dev_count();
}

static ggml_backend_dev_t device_at(size_t index) {
    const auto lock = read_backend_registry();
    return ggml_backend_dev_get(index);
}

static ggml_backend_dev_t device_by_type(enum ggml_backend_dev_type type) {
    const auto lock = read_backend_registry();
    return ggml_backend_dev_by_type(type);
}

static size_t registry_count() {
    const auto lock = read_backend_registry();
    return ggml_backend_reg_count();
}

static ggml_backend_reg_t registry_at(size_t index) {
    const auto lock = read_backend_registry();
    return ggml_backend_reg_get(index);
}

static void free_buffer(ggml_backend_buffer_t & buffer) {
    ggml_backend_buffer_free(buffer);
    buffer = nullptr;
}

// ggml_conv_1d_ph with an im2col of the kernel's own type.
static ggml_tensor * conv_1d_ph(ggml_context * context, ggml_tensor * kernel, ggml_tensor * input, int stride,
                                int dilation) {
    if (kernel->type != GGML_TYPE_F32) {
        return ggml_conv_1d_ph(context, kernel, input, stride, dilation);
    }
    const int padding = static_cast<int>(kernel->ne[0] / 2);
    ggml_tensor * columns =
        ggml_im2col(context, kernel, input, stride, 0, padding, 0, dilation, 0, false, GGML_TYPE_F32);
    ggml_tensor * product =
        ggml_mul_mat(context, ggml_reshape_2d(context, columns, columns->ne[0], columns->ne[2] * columns->ne[1]),
                     ggml_reshape_2d(context, kernel, kernel->ne[0] * kernel->ne[1], kernel->ne[2]));
    return ggml_reshape_3d(context, product, columns->ne[1], kernel->ne[2], columns->ne[2]);
}

// Upstream compares it with 2 where a window of one frame has a matrix of one column, which counts as 1 in ggml.
static int dimensions(const ggml_tensor * tensor) {
    return std::max(ggml_n_dims(tensor), 2);
}

// As the original implementation (openai/whisper, timing.py) does, a window that is shorter than the filter is left
// unfiltered.
static ggml_tensor * median_filter(ggml_context * context, ggml_tensor * tensor, const ggml_custom1_op_t function,
                                   int n_tasks, void * data) {
    const int width = *static_cast<const int *>(data);  // median_filter_user_data has this one field
    return tensor->ne[2] > width ? ggml_map_custom1(context, tensor, function, n_tasks, data)
                                 : ggml_cont(context, tensor);
}

}  // namespace steady::upstream::hooks

// A loadable CUDA backend leaves GGML_USE_CUDA undefined here; upstream's CUDA build defines it, and with it pads the
// self-attention cache to 256 on GPUs, which flash attention and CUDA graphs rely on. On the CPU (use_gpu = false) the
// padding stays 1 either way.
#if !defined(__APPLE__) && !defined(GGML_USE_CUDA)
#define GGML_USE_CUDA
#elif defined(__APPLE__) && !defined(GGML_USE_METAL)
#define GGML_USE_METAL
#endif

#include "upstream_hooks.h"
#include "whisper.cpp"
#undef abort
#undef ggml_log_set
#undef ggml_graph_node
#undef ggml_backend_alloc_ctx_tensors_from_buft
#undef ggml_backend_alloc_ctx_tensors
#undef ggml_backend_dev_init
#undef ggml_backend_init_by_type
#undef ggml_backend_dev_count
#undef ggml_backend_dev_get
#undef ggml_backend_dev_by_type
#undef ggml_backend_reg_count
#undef ggml_backend_reg_get
#undef ggml_backend_buffer_free
#undef ggml_conv_1d_ph
#undef ggml_n_dims
#undef ggml_map_custom1

namespace steady::upstream {

static_assert(sizeof(median_filter_user_data) == sizeof(int), "hooks::median_filter reads the width as its only field");

namespace {

// What whisper_model_loader's context points to.
struct LoaderState {
    ValidatedModel * model;
    const std::atomic<bool> * cancelled;
};

[[noreturn]] void throw_out_of_memory(const char * what) {
    throw CodedError("ERR_WHISPER_OUT_OF_MEMORY",
                     std::string("not enough memory for ") + what +
                         ": free other contexts or states, or use a smaller or quantised model");
}

// ggml names a tensor without a name when it first builds a graph with it. Weights belong to all states of a context, which
// build their graphs on threads of their own: two would write the same name at once.
void name_weights(whisper_model & model) {
    for (const auto & [name, tensor] : model.tensors) {
        ggml_set_name(tensor, name.c_str());
    }
}

}  // namespace

// Runs on the context's loader thread.
whisper_context * load_context(ValidatedModel & model, const whisper_context_params & params,
                               const std::atomic<bool> & cancelled) {
    LoaderState loader_state{&model, &cancelled};
    whisper_model_loader loader{};
    loader.context = &loader_state;
    loader.read = [](void * context, void * output, size_t read_size) -> size_t {
        auto * state = static_cast<LoaderState *>(context);
        if (state->cancelled->load(std::memory_order_relaxed)) {
            throw CodedError("ERR_WHISPER_ABORTED", "loading the model was aborted");
        }
        return state->model->read(output, read_size);
    };
    loader.eof = [](void * context) { return static_cast<LoaderState *>(context)->model->eof(); };
    loader.close = [](void *) {};

    ggml_time_init();
    auto context = std::make_unique<whisper_context>();
    context->params = params;
    hooks::Construction construction;
    model.rewind();
    bool loaded = false;
    const auto give_back = [&] {
        for (ggml_context * tensors : context->model.ctxs) {
            ggml_free(tensors);
        }
        const auto lock = lock_device_memory(params.use_gpu);
        construction.give_back();
    };
    try {
        loaded = whisper_model_load(&loader, *context);
    } catch (const CodedError &) {
        give_back();
        throw;
    } catch (const std::bad_alloc &) {
        give_back();
        throw_out_of_memory("the model's weights");
    } catch (const std::exception & e) {
        give_back();
        throw CodedError("ERR_WHISPER_MODEL_INVALID", std::string("whisper.cpp could not load the model: ") + e.what());
    }
    if (!loaded || model.failed()) {
        give_back();
        if (model.failed()) {
            throw CodedError("ERR_WHISPER_MODEL_READ", "the model changed or became unreadable while it was loaded");
        }
        throw CodedError("ERR_WHISPER_MODEL_INVALID", "whisper.cpp refused the model");
    }
    name_weights(context->model);
    return context.release();
}

namespace {

// ggml ends the process when a scheduler's bookkeeping can't be had, and upstream trips over a compute buffer that
// can't. So all that a state is about to take is taken here first, untouched and in pieces of about those sizes, and
// given back. (Another thread may still take it in between.)
void check_memory_for_state(const whisper_context & context) {
    if constexpr (!kChecksInput) {
        return;
    }
    constexpr size_t kSplitInputs = 30;  // GGML_SCHED_MAX_SPLIT_INPUTS, which ggml keeps to itself
    const auto & hparams = context.model.hparams;
    const auto n_state = static_cast<size_t>(hparams.n_text_state);
    const auto n_layer = static_cast<size_t>(hparams.n_text_layer);
    const size_t cells = GGML_PAD(static_cast<size_t>(hparams.n_text_ctx), 256) * n_layer +
                         GGML_PAD(static_cast<size_t>(hparams.n_audio_ctx), 256) * (n_layer + 1);
    const size_t scheduler = WHISPER_MAX_NODES * kSplitInputs * 2 * ggml_tensor_overhead();
    const size_t logits =
        static_cast<size_t>(hparams.n_vocab) * static_cast<size_t>(hparams.n_text_ctx) * sizeof(float);
    const size_t caches = cells * n_state * 2 * ggml_type_size(context.itype);
    const size_t compute = n_state << 17;  // measured: 31 MB for tiny, 99 MB for large, beside the decoder's logits
    std::vector<std::unique_ptr<char[]>> pieces;
    if (!context.params.use_gpu) {
        check_available_memory(caches + compute, "a decoder state");
    }
    for (const size_t bytes : {scheduler, scheduler, scheduler, scheduler, logits, logits, caches, compute}) {
        pieces.emplace_back(new char[bytes]);
    }
}

}  // namespace

// Runs on the state's thread.
whisper_state * create_state(whisper_context * context) {
    hooks::Construction construction;
    try {
        check_memory_for_state(*context);
        whisper_state * state = whisper_init_state(context);
        if (!state) {
            throw_out_of_memory("a decoder state");
        }
        return state;
    } catch (const CodedError &) {
        // The state object itself is out of reach here; its buffers and backends, which are nearly all of it, are not.
        construction.give_back();
        throw;
    } catch (const std::bad_alloc &) {
        construction.give_back();
        throw_out_of_memory("a decoder state");
    } catch (const std::exception & e) {
        construction.give_back();
        throw CodedError("ERR_WHISPER_INFERENCE_FAILED",
                         std::string("whisper.cpp could not create a state: ") + e.what());
    }
}

namespace {

void clear_cache(whisper_kv_cache & cache) {
    whisper_kv_cache_clear(cache);  // cells, head, and the buffer's contents
    cache.n = 0;
}

// A vector that a long recording has made large gives its memory back; small ones keep it, for the next job.
void clear_host_vector(std::vector<float> & vector) {
    constexpr size_t kKeepBytes = size_t{4} << 20;  // about two windows of mel
    vector.clear();
    if (vector.capacity() * sizeof(float) > kKeepBytes) {
        vector.shrink_to_fit();
    }
}

void shrink_self_cache(const whisper_context & context, whisper_state & state) {
    hooks::Construction construction;
    whisper_kv_cache_free(state.kv_self);
    const auto & hparams = context.model.hparams;
    if (!whisper_kv_cache_init(state.kv_self, state.backends[0], context.itype, hparams.n_text_state,
                               hparams.n_text_layer, GGML_PAD(hparams.n_text_ctx, 256))) {
        throw std::bad_alloc();
    }
    state.kv_self_n_dec = 1;
}

}  // namespace

// Runs on the state's thread. Field by field, in whisper_state's own order: what a new state has.
void reset_state(whisper_context * context, whisper_state * state) {
    try {
        state->t_sample_us = state->t_encode_us = state->t_decode_us = 0;
        state->t_batchd_us = state->t_prompt_us = state->t_mel_us = 0;
        state->n_sample = state->n_encode = state->n_decode = state->n_batchd = state->n_prompt = 0;
        state->n_fail_p = state->n_fail_h = 0;

        if (state->kv_self_n_dec > 1) {
            shrink_self_cache(*context, *state);
        }
        clear_cache(state->kv_self);
        clear_cache(state->kv_cross);  // also the padding that flash attention reads unmasked
        clear_cache(state->kv_pad);

        state->mel.n_len = state->mel.n_len_org = state->mel.n_mel = 0;
        clear_host_vector(state->mel.data);

        for (whisper_decoder & decoder : state->decoders) {
            decoder.sequence.tokens.clear();
            decoder.grammar = {};
            decoder.probs.clear();
            decoder.logits.clear();
            decoder.logprobs.clear();
            decoder.logits_id.clear();
            decoder.rng = std::mt19937(0);  // upstream seeds decoder 0 only when a state is created
        }

        state->embd_conv = nullptr;
        state->embd_enc = nullptr;
        clear_host_vector(state->inp_mel);
        clear_host_vector(state->inp_mask);
        state->logits.clear();  // its row 0 is read before it is written (see no_speech_probability)
        state->result_all.clear();
        state->prompt_past0.clear();
        state->prompt_past1.clear();
        state->lang_id = 0;
        state->t_beg = state->t_last = 0;
        state->tid_last = 0;
        clear_host_vector(state->energy);
        state->no_speech_prob = 0.0f;
        state->aheads_cross_QKs = nullptr;
        clear_host_vector(state->aheads_cross_QKs_data);
        state->exp_n_audio_ctx = 0;
    } catch (const std::bad_alloc &) {
        throw_out_of_memory("the reset of a decoder state");
    }
}

StateBytes state_bytes(whisper_context * context, whisper_state * state) {
    const auto buffer_bytes = [](const whisper_kv_cache & cache) {
        return cache.buffer ? ggml_backend_buffer_get_size(cache.buffer) : 0;
    };
    const auto vector_bytes = [](const auto & vector) { return vector.capacity() * sizeof(vector[0]); };

    StateBytes bytes;
    bytes.kv_cache = buffer_bytes(state->kv_self) + buffer_bytes(state->kv_cross) + buffer_bytes(state->kv_pad);
    for (whisper_sched * sched :
         {&state->sched_conv, &state->sched_encode, &state->sched_cross, &state->sched_decode}) {
        bytes.compute += sched->sched ? whisper_sched_size(*sched) : 0;
    }
    bytes.host = sizeof(whisper_state) + vector_bytes(state->mel.data) + vector_bytes(state->inp_mel) +
                 vector_bytes(state->inp_mask) + vector_bytes(state->logits) + vector_bytes(state->energy) +
                 vector_bytes(state->aheads_cross_QKs_data);
    for (const whisper_decoder & decoder : state->decoders) {
        bytes.host += vector_bytes(decoder.probs) + vector_bytes(decoder.logits) + vector_bytes(decoder.logprobs) +
                      vector_bytes(decoder.logits_id) + vector_bytes(decoder.sequence.tokens);
    }
    for (const whisper_kv_cache * cache : {&state->kv_self, &state->kv_cross, &state->kv_pad}) {
        bytes.host += vector_bytes(cache->cells);
    }
    // whisper_batch_init: token, pos, n_seq_id, seq_id (8 decoders each) and logits flags for each text position
    bytes.host += static_cast<size_t>(context->model.hparams.n_text_ctx) *
                  (3 * sizeof(int32_t) + sizeof(void *) + WHISPER_MAX_DECODERS * sizeof(whisper_seq_id) + 1);
    return bytes;
}

size_t weights_buffer_bytes(const whisper_context * context) {
    size_t bytes = 0;
    for (ggml_backend_buffer_t buffer : context->model.buffers) {
        bytes += ggml_backend_buffer_get_size(buffer);
    }
    return bytes;
}

ggml_backend_dev_t weights_gpu(const whisper_context * context) {
    for (ggml_backend_buffer_t buffer : context->model.buffers) {
        ggml_backend_dev_t device = ggml_backend_buft_get_device(ggml_backend_buffer_get_type(buffer));
        if (is_gpu(device)) {
            return device;
        }
    }
    return nullptr;
}

Counters counters(const whisper_state * state) {
    Counters now;
    now.mel_us = state->t_mel_us;
    now.encode_us = state->t_encode_us;
    now.decoder_us = state->t_decode_us + state->t_batchd_us + state->t_prompt_us;
    now.sample_us = state->t_sample_us;
    now.encodes = state->n_encode;
    return now;
}

DecoderPass last_decoder_pass(const whisper_state * state) {
    DecoderPass pass;
    pass.tokens = state->batch.n_tokens;
    pass.is_prompt = state->batch.n_tokens > 0 && state->batch.pos[0] == 0;
    return pass;
}

float no_speech_probability(whisper_context * context, whisper_state * state) {
    ggml_tensor * logits = hooks::decoder_logits;
    const whisper_batch & batch = state->batch;
    int row = -1;
    for (int i = 0; i < batch.n_tokens; ++i) {
        if (batch.token[i] == context->vocab.token_sot) {
            row = i;  // the last one: previous text can't hold it, but a caller's prompt tokens can
        }
    }
    if (!logits || row < 0 || row >= logits->ne[1] || logits->ne[0] != context->vocab.n_vocab ||
        context->vocab.token_nosp >= context->vocab.n_vocab) {
        return -1.0f;
    }
    std::vector<float> values(static_cast<size_t>(context->vocab.n_vocab));
    ggml_backend_tensor_get(logits, values.data(), static_cast<size_t>(row) * logits->nb[1],
                            values.size() * sizeof(float));
    const float highest = *std::max_element(values.begin(), values.end());
    double sum = 0.0;
    for (const float value : values) {
        sum += std::exp(static_cast<double>(value - highest));
    }
    return static_cast<float>(std::exp(static_cast<double>(values[context->vocab.token_nosp] - highest)) / sum);
}

void set_node_abort_callback(whisper_state * state, ggml_abort_callback callback, void * data) {
    for (ggml_backend_t backend : state->backends) {
        ggml_backend_dev_t device = ggml_backend_get_device(backend);
        ggml_backend_reg_t registry = device ? ggml_backend_dev_backend_reg(device) : nullptr;
        if (!registry) {
            continue;
        }
        auto * set = reinterpret_cast<ggml_backend_set_abort_callback_t>(
            ggml_backend_reg_get_proc_address(registry, "ggml_backend_set_abort_callback"));
        if (set) {
            set(backend, callback, data);
        }
    }
}

int compute_mel(whisper_context * context, whisper_state * state, const float * samples, int n_samples, int n_threads,
                bool with_energy) {
    const int code = whisper_pcm_to_mel_with_state(context, state, samples, n_samples, n_threads);
    if (code == 0 && with_energy) {
        state->energy = get_signal_energy(samples, n_samples, 32);  // 32: as whisper_full_with_state has it
    }
    return code;
}

int detect_language(whisper_context * context, whisper_state * state, int n_threads,
                    std::vector<float> & probabilities) {
    probabilities.assign(static_cast<size_t>(whisper_lang_max_id()) + 1, 0.0f);
    state->exp_n_audio_ctx = 0;
    return whisper_lang_auto_detect_with_state(context, state, 0, n_threads, probabilities.data());
}

std::vector<std::pair<int, int>> alignment_heads(whisper_alignment_heads_preset preset) {
    std::vector<std::pair<int, int>> heads;
    const auto found = g_aheads.find(preset);
    if (found != g_aheads.end()) {
        for (size_t i = 0; i < found->second.n_heads; ++i) {
            heads.emplace_back(found->second.heads[i].n_text_layer, found->second.heads[i].n_head);
        }
    }
    return heads;
}

#ifdef STEADY_TESTS
void fail_device_allocation(int n) {
    hooks::allocations_until_failure = n;
}

void fail_assertion() {
    hooks::assertion_must_fail = true;
}
#endif

}  // namespace steady::upstream
