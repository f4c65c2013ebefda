#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace steady {

// Owns every OS thread that this library starts, so that whoever tears down (an environment's clean-up hook, a test's
// end) can wait for all of them. Threads are never detached: a detached one would still run while static destructors
// do. Any thread may call any method, but join_all() and close() must not be called from a thread of the group.
class ThreadGroup {
public:
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
        std::thread thread;
        std::atomic<bool> finished{false};
    };

    void join_finished_locked();

    std::mutex mutex_;
    std::mutex joining_;  // held while threads are waited for: whoever comes second must wait as well
    bool closed_ = false;
    std::list<Entry> entries_;
};

}  // namespace steady
