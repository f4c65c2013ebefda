#pragma once

#include <functional>
#include <memory>
#include <string>

namespace steady {

enum class LogLevel { debug, info, warn, error };

// Receives log lines of whisper.cpp and ggml. Called on whatever thread logs, possibly several at once.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual void line(LogLevel level, const std::string & text) = 0;
};

// whisper.cpp and ggml have one process-wide log callback. It is set once, before any other upstream call, and routes
// by thread: lines of a thread inside a LogScope go to that scope's sink; lines of other threads (OpenMP teams, GPU
// runtimes) go to every registered sink. Without sinks nothing is built or kept (but a scope's last problem), and stderr
// is never written to, unless mirror_log() was called.
void install_log_router();

// From now on, warnings and errors are also written to stderr before anything else is done with them, on the thread that
// logs: sinks deliver later, and what they have not delivered is lost with a process that aborts. Any thread.
void mirror_log(bool enabled);

// Registers `sink` for unattributed lines for as long as the returned handle lives.
std::shared_ptr<void> register_log_sink(std::shared_ptr<LogSink> sink);

// Attributes what the current thread logs to `sink` (null: nobody's) until the scope ends.
class LogScope {
public:
    explicit LogScope(std::shared_ptr<LogSink> sink);
    ~LogScope();
    LogScope(const LogScope &) = delete;
    LogScope & operator=(const LogScope &) = delete;

    // The last warning or error of this scope, for the message of a failure: upstream reports reasons only in its log.
    const std::string & last_problem() const;

private:
    friend void route_log_line(int ggml_level, const char * text);
    std::shared_ptr<LogSink> sink_;
    std::string last_problem_;
    LogScope * previous_;
};

}  // namespace steady
