#include "log_router.h"

#include <mutex>
#include <thread>

#include "session.h"

namespace steady {
void route_log_line(int ggml_level, const char * text);
}

namespace steady::check {
namespace {

class Recorder : public LogSink {
public:
    void line(LogLevel, const std::string & text) override {
        const std::lock_guard<std::mutex> lock(mutex_);
        lines_.push_back(text);
    }
    size_t count(const std::string & part) {
        const std::lock_guard<std::mutex> lock(mutex_);
        size_t n = 0;
        for (const std::string & line : lines_) {
            n += line.find(part) != std::string::npos ? 1 : 0;
        }
        return n;
    }

private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
};

TEST("log: lines of a context's thread go to its sink alone") {
    const auto one = std::make_shared<Recorder>();
    const auto other = std::make_shared<Recorder>();
    const auto registration = register_log_sink(other);
    ContextOptions options = on_cpu();
    options.log = one;
    load(options);
    CHECK(one->count("n_vocab") == 1);
    CHECK(other->count("n_vocab") == 0);
}

TEST("log: lines of other threads go to every registered sink, until it is let go") {
    const auto one = std::make_shared<Recorder>();
    const auto other = std::make_shared<Recorder>();
    auto first = register_log_sink(one);
    const auto second = register_log_sink(other);
    std::thread([] { route_log_line(GGML_LOG_LEVEL_WARN, "from nowhere\n"); }).join();
    first.reset();
    std::thread([] { route_log_line(GGML_LOG_LEVEL_WARN, "from nowhere\n"); }).join();
    CHECK_EQ(one->count("from nowhere"), 1);
    CHECK_EQ(other->count("from nowhere"), 2);
}

TEST("log: a scope keeps the last problem for the error's message") {
    const LogScope scope(nullptr);
    route_log_line(GGML_LOG_LEVEL_ERROR, "first\n");
    route_log_line(GGML_LOG_LEVEL_WARN, "second\n");
    route_log_line(GGML_LOG_LEVEL_INFO, "third\n");
    CHECK_EQ(scope.last_problem(), "second");
}

}  // namespace
}  // namespace steady::check
