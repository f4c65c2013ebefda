#include "log_router.h"

#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

#ifndef _WIN32
#include <unistd.h>
#endif

#include "session.h"

namespace steady {
void route_log_line(int ggml_level, const char * text);
}

// This program's operator new counts, so that a test can tell what builds nothing. Not under the sanitizers, which have
// their own, nor where the C++ runtime is a library of its own.
#if defined(__GLIBCXX__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define STEADY_COUNTS_ALLOCATIONS 1
namespace {
thread_local size_t allocations = 0;
}

void * operator new(size_t bytes) {
    ++allocations;
    if (void * memory = std::malloc(bytes == 0 ? 1 : bytes)) {
        return memory;
    }
    throw std::bad_alloc();
}
void operator delete(void * memory) noexcept {
    std::free(memory);
}
void operator delete(void * memory, size_t) noexcept {
    std::free(memory);
}
#endif

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

TEST("log: nothing is built when nobody listens") {
#ifdef STEADY_COUNTS_ALLOCATIONS
    const std::string text(200, 'x');
    const auto count = [&](int level) {
        const size_t before = allocations;
        route_log_line(level, text.c_str());
        return allocations - before;
    };
    CHECK_EQ(count(GGML_LOG_LEVEL_ERROR), 0);
    {
        const LogScope scope(nullptr);
        CHECK_EQ(count(GGML_LOG_LEVEL_INFO), 0);
        CHECK_EQ(count(GGML_LOG_LEVEL_DEBUG), 0);
        CHECK(count(GGML_LOG_LEVEL_WARN) > 0);  // it is kept: what is counted is there
        CHECK_EQ(scope.last_problem(), text);
    }
    const auto sink = std::make_shared<Recorder>();
    auto registration = register_log_sink(sink);
    CHECK(count(GGML_LOG_LEVEL_INFO) > 0);
    registration.reset();
    CHECK_EQ(count(GGML_LOG_LEVEL_INFO), 0);
#else
    SKIP("needs an operator new of its own");
#endif
}

#ifndef _WIN32
// What `run` writes to file descriptor 2. A pipe holds 64 KiB, so nobody needs to read meanwhile.
template <typename F>
std::string stderr_of(F && run) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const int kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    run();
    dup2(kept, STDERR_FILENO);
    close(kept);
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
        text.append(buffer, static_cast<size_t>(n));
    }
    close(ends[0]);
    return text;
}

TEST("log: warnings and errors are mirrored on stderr, if asked, from any thread and whoever listens") {
    const auto log = [] {
        route_log_line(GGML_LOG_LEVEL_ERROR, "an error\n");
        std::thread([] { route_log_line(GGML_LOG_LEVEL_WARN, "a warning"); }).join();
        route_log_line(GGML_LOG_LEVEL_INFO, "information\n");
        route_log_line(GGML_LOG_LEVEL_DEBUG, "detail\n");
        route_log_line(GGML_LOG_LEVEL_CONT, "...\n");
        route_log_line(GGML_LOG_LEVEL_ERROR, "\n");
        const LogScope scope(std::make_shared<Recorder>());
        route_log_line(GGML_LOG_LEVEL_WARN, "in a scope\r\n");
        route_log_line(GGML_LOG_LEVEL_ERROR, (std::string(5000, 'x') + "\n").c_str());
    };
    CHECK_EQ(stderr_of(log), "");
    mirror_log(true);
    const std::string mirrored = stderr_of(log);
    mirror_log(false);
    CHECK_EQ(mirrored, "an error\na warning\nin a scope\n" + std::string(1023, 'x') + "\n");
    CHECK_EQ(stderr_of(log), "");
}

TEST("log: a mirrored line of each thread is whole") {
    mirror_log(true);
    const std::string mirrored = stderr_of([] {
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([] {
                for (int line = 0; line < 25; ++line) {
                    route_log_line(GGML_LOG_LEVEL_ERROR, "0123456789012345678901234567890123456789\n");
                }
            });
        }
        for (std::thread & thread : threads) {
            thread.join();
        }
    });
    mirror_log(false);
    std::istringstream lines(mirrored);
    int whole = 0;
    for (std::string line; std::getline(lines, line);) {
        whole += line == "0123456789012345678901234567890123456789" ? 1 : 0;
    }
    CHECK_EQ(whole, 100);
}
#endif

TEST("log: a scope keeps the last problem for the error's message") {
    const LogScope scope(nullptr);
    route_log_line(GGML_LOG_LEVEL_ERROR, "first\n");
    route_log_line(GGML_LOG_LEVEL_WARN, "second\n");
    route_log_line(GGML_LOG_LEVEL_INFO, "third\n");
    CHECK_EQ(scope.last_problem(), "second");
}

}  // namespace
}  // namespace steady::check
