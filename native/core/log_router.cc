#include "log_router.h"

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

#include "ggml.h"
#include "whisper.h"

namespace steady {

namespace {

struct Registry {
    std::mutex mutex;
    std::vector<std::weak_ptr<LogSink>> sinks;
    std::atomic<size_t> registered{0};  // as many as `sinks` has, to be read without the lock
};

// Never destroyed: upstream may log from threads that outlive static destructors.
Registry & registry() {
    static Registry * instance = new Registry;
    return *instance;
}

thread_local LogScope * current_scope = nullptr;

std::atomic<bool> mirrored{false};

// One system call for each line, so that lines of several threads don't mix, and without stdio's locks and buffers,
// which may be what an aborting process is stuck in. A line that can't be written is lost.
void write_to_stderr(const char * text) {
    char line[1024];
    size_t length = std::min(std::strlen(text), sizeof(line) - 1);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) {
        --length;
    }
    if (length == 0) {
        return;
    }
    std::memcpy(line, text, length);
    line[length] = '\n';
#ifdef _WIN32
    static_cast<void>(_write(2, line, static_cast<unsigned>(length + 1)));
#else
    while (write(STDERR_FILENO, line, length + 1) < 0 && errno == EINTR) {}
#endif
}

LogLevel level_of(int ggml_level) {
    switch (ggml_level) {
        case GGML_LOG_LEVEL_ERROR: return LogLevel::error;
        case GGML_LOG_LEVEL_WARN: return LogLevel::warn;
        case GGML_LOG_LEVEL_INFO: return LogLevel::info;
        default: return LogLevel::debug;
    }
}

std::string without_line_end(const char * text) {
    std::string line(text);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
        line.pop_back();
    }
    return line;
}

}  // namespace

// Called by upstream on any thread. Must not throw: it is reached from C code.
void route_log_line(int ggml_level, const char * text) {
    try {
        LogScope * const scope = current_scope;
        const LogLevel level = level_of(ggml_level);
        const bool problem = level == LogLevel::error || level == LogLevel::warn;
        if (problem && mirrored.load(std::memory_order_relaxed)) {
            write_to_stderr(text);
        }
        const bool wanted = scope ? problem || scope->sink_ : registry().registered.load(std::memory_order_relaxed) > 0;
        if (!wanted) {
            return;  // before anything is built: upstream logs a line for each step at the level of debugging
        }
        const std::string line = without_line_end(text);
        if (line.empty()) {
            return;
        }
        if (scope) {
            if (problem) {
                scope->last_problem_ = line;
            }
            if (scope->sink_) {
                scope->sink_->line(level, line);
            }
            return;
        }
        std::vector<std::shared_ptr<LogSink>> receivers;
        {
            std::lock_guard<std::mutex> lock(registry().mutex);
            for (const auto & weak : registry().sinks) {
                if (auto sink = weak.lock()) {
                    receivers.push_back(std::move(sink));
                }
            }
        }
        for (const auto & sink : receivers) {
            sink->line(level, line);
        }
    } catch (...) {  // out of memory: a lost log line is the smaller harm
    }
}

void install_log_router() {
    static std::once_flag once;
    std::call_once(once, [] {
        const ggml_log_callback callback = [](ggml_log_level level, const char * text, void *) {
            route_log_line(level, text);
        };
        whisper_log_set(callback, nullptr);
        ggml_log_set(callback, nullptr);  // whisper_unit.cc keeps whisper.cpp from doing this at every state creation
    });
}

void mirror_log(bool enabled) {
    mirrored.store(enabled, std::memory_order_relaxed);
}

std::shared_ptr<void> register_log_sink(std::shared_ptr<LogSink> sink) {
    const std::weak_ptr<LogSink> weak = sink;
    {
        std::lock_guard<std::mutex> lock(registry().mutex);
        registry().sinks.push_back(weak);
        registry().registered = registry().sinks.size();
    }
    return std::shared_ptr<void>(static_cast<void *>(sink.get()), [weak](void *) {
        std::lock_guard<std::mutex> lock(registry().mutex);
        auto & sinks = registry().sinks;
        sinks.erase(std::remove_if(sinks.begin(), sinks.end(),
                                   [&](const std::weak_ptr<LogSink> & other) {
                                       return other.expired() ||
                                              (!other.owner_before(weak) && !weak.owner_before(other));
                                   }),
                    sinks.end());
        registry().registered = sinks.size();
    });
}

LogScope::LogScope(std::shared_ptr<LogSink> sink) : sink_(std::move(sink)), previous_(current_scope) {
    current_scope = this;
}

LogScope::~LogScope() {
    current_scope = previous_;
}

const std::string & LogScope::last_problem() const {
    return last_problem_;
}

}  // namespace steady
