#include "threads.h"

#include <system_error>

#include "coded_error.h"

namespace steady {

ThreadGroup::~ThreadGroup() {
    join_all();
}

void ThreadGroup::run(std::function<void()> body) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) {
        throw CodedError("ERR_WHISPER_FREED", "the process, or this worker, is ending");
    }
    join_finished_locked();
    entries_.emplace_back();
    Entry & entry = entries_.back();
    try {
        entry.thread = std::thread([&entry, body = std::move(body)]() mutable {
            body();
            body = nullptr;  // what the body holds is released here, before anyone is told that the thread is done
            entry.finished.store(true, std::memory_order_release);
        });
    } catch (const std::system_error & e) {
        entries_.pop_back();
        throw CodedError("ERR_WHISPER_OUT_OF_MEMORY",
                         std::string("the system gave no thread (") + e.what() +
                             "): lower the number of states, or raise the limit (ulimit -u, cgroup pids.max)");
    }
}

void ThreadGroup::close() {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        closed_ = true;
    }
    join_all();
}

void ThreadGroup::join_all() {
    std::lock_guard<std::mutex> joining(joining_);
    while (true) {
        std::list<Entry> taken;
        {
            std::lock_guard<std::mutex> lock(mutex_);
            if (entries_.empty()) {
                return;
            }
            taken.splice(taken.begin(), entries_);  // splicing keeps the addresses that the threads refer to
        }
        for (Entry & entry : taken) {
            entry.thread.join();
        }
    }
}

void ThreadGroup::join_finished_locked() {
    for (auto it = entries_.begin(); it != entries_.end();) {
        if (it->finished.load(std::memory_order_acquire)) {
            it->thread.join();
            it = entries_.erase(it);
        } else {
            ++it;
        }
    }
}

}  // namespace steady
