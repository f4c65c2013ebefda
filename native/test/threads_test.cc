#include "threads.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#if defined(__linux__)
#include <pthread.h>
#include <sys/resource.h>
#endif

#include "check.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STEADY_SANITIZED 1
#endif

namespace steady {
namespace {

TEST("threads: what a body holds is released before its thread is joined") {
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watch = held;
    ThreadGroup threads;
    std::atomic<bool> ran{false};
    threads.run([held = std::move(held), &ran] { ran = *held == 1; });
    threads.join_all();
    CHECK(ran);
    CHECK(watch.expired());
}

#if defined(__GLIBC__)
TEST("threads: the stack's size is ours, whatever `ulimit -s` says") {
    // What a small `ulimit -s` does when the process starts.
    pthread_attr_t small;
    pthread_attr_t before;
    pthread_attr_init(&small);
    pthread_getattr_default_np(&before);
    pthread_attr_setstacksize(&small, size_t{256} << 10);
    REQUIRE(pthread_setattr_default_np(&small) == 0);
    size_t bytes = 0;
    {
        ThreadGroup threads;
        threads.run([&bytes] {
            pthread_attr_t own;
            pthread_getattr_np(pthread_self(), &own);
            pthread_attr_getstacksize(&own, &bytes);
            pthread_attr_destroy(&own);
        });
    }
    pthread_setattr_default_np(&before);
    pthread_attr_destroy(&before);
    pthread_attr_destroy(&small);
    CHECK(bytes >= ThreadGroup::kStackBytes);
}
#endif

#if defined(__linux__)
TEST("threads: one that the system doesn't give is an error, and leaves nothing to wait for") {
#ifdef STEADY_SANITIZED
    SKIP("a sanitizer's own memory doesn't fit the limit");
#else
    constexpr int kMost = 512;  // more than fit, beside the few stacks that the C library keeps for reuse
    std::mutex mutex;
    std::condition_variable wake;
    bool end = false;
    std::atomic<int> ended{0};
    int started = 0;
    {
        ThreadGroup threads;
        rlimit before{};
        getrlimit(RLIMIT_AS, &before);
        rlimit tight = before;
        tight.rlim_cur = 1;  // no further mapping, what is there stays
        setrlimit(RLIMIT_AS, &tight);
        std::string code;
        try {
            for (; started < kMost; ++started) {
                threads.run([&] {
                    std::unique_lock<std::mutex> lock(mutex);
                    wake.wait(lock, [&] { return end; });
                    ++ended;
                });
            }
        } catch (const CodedError & e) {
            code = e.code();
        }
        setrlimit(RLIMIT_AS, &before);
        CHECK_EQ(code, "ERR_WHISPER_OUT_OF_MEMORY");
        {
            const std::lock_guard<std::mutex> lock(mutex);
            end = true;
        }
        wake.notify_all();
        threads.run([&] { ++ended; });  // and there are threads again
        ++started;
    }
    CHECK_EQ(ended.load(), started);
#endif
}
#endif

}  // namespace
}  // namespace steady
