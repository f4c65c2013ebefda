#include "context.h"

#include <chrono>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "available_memory.h"
#include "checks.h"
#include "coded_error.h"
#include "whisper_access.h"

namespace steady {

std::shared_ptr<Context> Context::load(std::unique_ptr<ModelSource> source, const ContextOptions & options,
                                       const std::atomic<bool> & cancelled) {
    const auto started = std::chrono::steady_clock::now();
    const LogScope log_scope(options.log);

    if (kChecksInput && options.dtw.enabled() && options.flash_attention) {
        throw CodedError("ERR_WHISPER_INVALID_ARG",
                         "dtw must not be combined with flashAttention: true; whisper.cpp computes no DTW times with "
                         "flash attention");
    }
    const DeviceInfo device = select_device(options.backend, options.device);
    const auto model = ValidatedModel::walk(std::move(source), options.allow_weightless);

    if (!device.gpu) {  // a GPU's memory can't be asked for before something is on it; there a failure is caught
        check_available_memory(model->facts().weights_bytes, "the model");
    }

    std::shared_ptr<Context> context(new Context);
    whisper_context_params params = whisper_context_default_params();
    params.use_gpu = device.gpu;
    params.gpu_device = device.gpu_ordinal;
    params.flash_attn = options.flash_attention;
    apply_dtw(options.dtw, model->facts(), params, context->dtw_heads_);

    context->log_ = options.log;
    context->info_.device = device;
    context->handle_ = upstream::load_context(*model, params, cancelled);
    context->info_.model = model->facts();
    context->info_.flash_attention = options.flash_attention;
    context->info_.dtw = options.dtw.enabled();
    context->info_.weights_bytes = upstream::weights_buffer_bytes(context->handle_);
    context->info_.load_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    return context;
}

// The device is asked for by a buffer on it, not by a name, so that the query has what it needs: see device_memory.h.
std::optional<DeviceMemory> Context::device_memory() const {
    const LogScope log_scope(log_);
    ggml_backend_dev_t gpu = upstream::weights_gpu(handle_);
    return gpu ? query_device_memory(gpu) : std::nullopt;
}

Context::~Context() {
    const LogScope log_scope(log_);
    faults_.cure();  // what it keeps goes back to the system with the rest
    {
        const auto lock = lock_device_memory(info_.device.gpu);
        whisper_free(handle_);
    }
#ifdef __GLIBC__
    // Loading ran on a thread that is gone, and glibc keeps what such a thread's arena got: 400 contexts of the 3 MB
    // model, dropped one after the other, held 2 GB.
    malloc_trim(0);
#endif
}

}  // namespace steady
