#include "native_work.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "core/coded_error.h"

namespace steady::addon {

namespace {

// Of every environment in this process: main thread and workers.
struct Registry {
    std::mutex mutex;
    std::set<NativeWork *> live;
};

// Never destroyed: workers may come and go while the process exits.
Registry & registry() {
    static Registry * instance = new Registry;
    return *instance;
}

// The thread that called exit(). Holds the lock throughout, so that no environment vanishes meanwhile.
void stop_all() {
    const std::lock_guard<std::mutex> lock(registry().mutex);
    for (NativeWork * work : registry().live) {
        work->stop();
    }
}

template <typename T>
void drop_expired(std::vector<std::weak_ptr<T>> & references) {
    references.erase(std::remove_if(references.begin(), references.end(), [](const auto & r) { return r.expired(); }),
                     references.end());
}

[[noreturn]] void throw_stopped() {
    throw CodedError("ERR_WHISPER_FREED", "the process, or this worker, is ending");
}

}  // namespace

NativeWork::NativeWork() {
    const std::lock_guard<std::mutex> lock(registry().mutex);
    registry().live.insert(this);
}

NativeWork::~NativeWork() {
    stop();
    const std::lock_guard<std::mutex> lock(registry().mutex);
    registry().live.erase(this);
}

void NativeWork::stop_all_at_exit() {
    std::atexit(stop_all);
}

CancelFlag NativeWork::new_cancel_flag() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) {
        throw_stopped();
    }
    drop_expired(cancel_flags_);
    auto flag = std::make_shared<std::atomic<bool>>(false);
    cancel_flags_.push_back(flag);
    return flag;
}

std::shared_ptr<State> NativeWork::start_state(std::shared_ptr<Context> context, State::Done created) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) {
        throw_stopped();
    }
    drop_expired(states_);
    auto state = State::start(std::move(context), threads_, std::move(created));
    states_.push_back(state);
    return state;
}

void NativeWork::stop() {
    std::vector<std::weak_ptr<State>> states;
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        stopped_ = true;
        states.swap(states_);
        for (const auto & weak : cancel_flags_) {
            if (const auto flag = weak.lock()) {
                flag->store(true, std::memory_order_relaxed);
            }
        }
    }
    for (const auto & weak : states) {
        if (const auto state = weak.lock()) {
            state->free(nullptr);
        }
    }
    threads_.close();
}

}  // namespace steady::addon
