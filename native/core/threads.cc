#include "threads.h"

#include <string>
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
    entries_.emplace_back(std::move(body));
    try {
        start(entries_.back());
    } catch (const std::system_error & e) {
        entries_.pop_back();
        throw CodedError("ERR_WHISPER_OUT_OF_MEMORY",
                         std::string("the system gave no thread (") + e.what() +
                             "): lower the number of states, or raise the limit (ulimit -u, cgroup pids.max)");
    } catch (...) {  // an entry without a thread could never be joined
        entries_.pop_back();
        throw;
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
            join(entry);
        }
    }
}

void ThreadGroup::join_finished_locked() {
    for (auto it = entries_.begin(); it != entries_.end();) {
        if (it->finished.load(std::memory_order_acquire)) {
            join(*it);
            it = entries_.erase(it);
        } else {
            ++it;
        }
    }
}

// The new thread, from first to last. Nothing may be thrown: there is nobody to catch it.
void ThreadGroup::run_body(Entry & entry) noexcept {
    entry.body();
    entry.body = nullptr;  // what the body holds is released here, before anyone is told that the thread is done
    entry.finished.store(true, std::memory_order_release);
}

#if defined(_WIN32)

void ThreadGroup::start(Entry & entry) {
    entry.thread = std::thread([&entry] { run_body(entry); });
}

void ThreadGroup::join(Entry & entry) {
    entry.thread.join();
}

#else

namespace {

void check(int code) {
    if (code != 0) {
        throw std::system_error(code, std::generic_category());
    }
}

struct Attributes {
    pthread_attr_t value;

    Attributes() {
        check(pthread_attr_init(&value));
    }
    ~Attributes() {
        pthread_attr_destroy(&value);
    }
    Attributes(const Attributes &) = delete;
    Attributes & operator=(const Attributes &) = delete;
};

}  // namespace

void ThreadGroup::start(Entry & entry) {
    Attributes attributes;
    check(pthread_attr_setstacksize(&attributes.value, kStackBytes));
    const auto enter = [](void * argument) -> void * {
        run_body(*static_cast<Entry *>(argument));
        return nullptr;
    };
    check(pthread_create(&entry.thread, &attributes.value, enter, &entry));
}

void ThreadGroup::join(Entry & entry) {
    pthread_join(entry.thread, nullptr);
}

#endif

}  // namespace steady
