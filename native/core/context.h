#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend.h"
#include "device_memory.h"
#include "dtw.h"
#include "fault_injection.h"
#include "log_router.h"
#include "model_file.h"
#include "whisper.h"

namespace steady {

struct ContextOptions {
    std::string backend = "auto";  // "auto" | "cpu" | "cuda" | "metal" | "vulkan"
    int device = 0;
    bool flash_attention = true;  // as whisper-cli; refused together with DTW, which upstream would drop silently
    DtwOptions dtw;
    bool allow_weightless = false;  // whisper.cpp's own test models, which hold no weights
    std::shared_ptr<LogSink> log;
};

struct ContextInfo {
    ModelFacts model;
    DeviceInfo device;
    bool flash_attention = true;
    bool dtw = false;
    size_t weights_bytes = 0;  // of the device buffers that hold the weights
    double load_ms = 0;        // validation and loading
};

// A model's weights and vocabulary on one device, shared read-only by its states. Freed when the last shared_ptr goes:
// states hold one, so a context can't vanish below them.
class Context {
public:
    // Validates and loads; takes seconds for large models. Any thread.
    // Throws CodedError: ERR_WHISPER_MODEL_*, ERR_WHISPER_BACKEND_UNAVAILABLE, ERR_WHISPER_OUT_OF_MEMORY,
    // ERR_WHISPER_INVALID_ARG (DTW), ERR_WHISPER_ABORTED.
    static std::shared_ptr<Context> load(std::unique_ptr<ModelSource> source, const ContextOptions & options,
                                         const std::atomic<bool> & cancelled);

    ~Context();
    Context(const Context &) = delete;
    Context & operator=(const Context &) = delete;

    const ContextInfo & info() const {
        return info_;
    }
    const std::shared_ptr<LogSink> & log() const {
        return log_;
    }
    // Read-only after loading, so any state's thread may use it.
    whisper_context * handle() const {
        return handle_;
    }

    // Any state's thread.
    FaultHost & faults() {
        return faults_;
    }

    // Free and total memory of the GPU that holds the weights; nothing on the CPU, whose figures ggml makes up (free is
    // total). Any thread but JavaScript's, while the caller holds a reference to this context.
    std::optional<DeviceMemory> device_memory() const;

private:
    Context() = default;

    whisper_context * handle_ = nullptr;
    ContextInfo info_;
    std::vector<whisper_ahead> dtw_heads_;  // upstream keeps a pointer to them
    std::shared_ptr<LogSink> log_;
    FaultHost faults_;
};

}  // namespace steady
