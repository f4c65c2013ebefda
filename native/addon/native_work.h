#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "core/state.h"
#include "core/threads.h"

namespace steady::addon {

// A flag that a caller can raise to end a load or an audio decode.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

// What one environment has running on threads of its own, and how all of it is stopped. Any thread.
//
// Node runs an environment's clean-up hooks when a worker ends and when the main thread's loop runs dry, but not in
// process.exit() nor after an uncaught exception. There exit() would destroy ggml's static objects below jobs that still
// run, so an exit handler of our own stops the work of every environment first.
class NativeWork {
public:
    NativeWork();
    ~NativeWork();
    NativeWork(const NativeWork &) = delete;
    NativeWork & operator=(const NativeWork &) = delete;

    // Installs the exit handler. Call it whenever a backend has been loaded: handlers run in reverse order, so that what
    // has been constructed by then is destroyed after it. What was installed earlier finds nothing left to do.
    static void stop_all_at_exit();

    // Both throw CodedError ERR_WHISPER_FREED once stop() was called.
    CancelFlag new_cancel_flag();
    std::shared_ptr<State> start_state(std::shared_ptr<Context> context, State::Done created);

    ThreadGroup & threads() {
        return threads_;
    }

    // Raises every flag, frees every state, and waits for every thread. What is in the midst of a mel spectrogram can't
    // be stopped, and is waited for. Idempotent.
    void stop();

private:
    std::mutex mutex_;
    bool stopped_ = false;
    std::vector<std::weak_ptr<State>> states_;
    std::vector<std::weak_ptr<std::atomic<bool>>> cancel_flags_;
    ThreadGroup threads_;
};

}  // namespace steady::addon
