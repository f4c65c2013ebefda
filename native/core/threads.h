#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <utility>

#if defined(_WIN32)
#include <thread>
#else
#include <pthread.h>
#endif

namespace steady {

// Owns every OS thread that this library starts, so that whoever tears down (an environment's clean-up hook, a test's
// end) can wait for all of them. Threads are never detached: a detached one would still run while static destructors
// do. Any thread may call any method, but join_all() and close() must not be called from a thread of the group.
class ThreadGroup {
public:
    // Of each thread. The system's default follows `ulimit -s`, may be 128 KiB (musl) or 512 KiB (macOS), and the
    // recursion of std::regex and of whisper.cpp's grammars doesn't ask how much there is. std::thread can't be told:
    // POSIX threads are made by pthread_create. On Windows it is std::thread with the executable's default of 1 MiB or
    // more, where std::regex limits its recursion by itself.
    static constexpr size_t kStackBytes = size_t{8} << 20;

    ThreadGroup() = default;
    ThreadGroup(const ThreadGroup &) = delete;
    ThreadGroup & operator=(const ThreadGroup &) = delete;
    ~ThreadGroup();

    // Runs `body` on a new thread. Also joins those that have finished since. `body` must not throw.
    // Throws CodedError ERR_WHISPER_OUT_OF_MEMORY when the system gives no thread, ERR_WHISPER_FREED after close().
    void run(std::function<void()> body);

    // Waits until every thread has ended, also those that are started while it waits.
    void join_all();

    // The same, and starts none from here on.
    void close();

private:
    struct Entry {
        explicit Entry(std::function<void()> work) : body(std::move(work)) {}

        std::function<void()> body;
#if defined(_WIN32)
        std::thread thread;
#else
        pthread_t thread{};
#endif
        std::atomic<bool> finished{false};
    };

    static void start(Entry & entry);
    static void run_body(Entry & entry) noexcept;
    static void join(Entry & entry);
    void join_finished_locked();

    std::mutex mutex_;
    std::mutex joining_;  // held while threads are waited for: whoever comes second must wait as well
    bool closed_ = false;
    std::list<Entry> entries_;
};

}  // namespace steady
