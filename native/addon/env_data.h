#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "core/coded_error.h"
#include "mailbox.h"
#include "napi_setup.h"
#include "native_work.h"

namespace steady::addon {

// An operation that JavaScript awaits, and the callbacks that it may call on the way.
struct Pending {
    explicit Pending(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}

    Napi::Promise::Deferred deferred;
    Napi::FunctionReference on_segments;
    Napi::FunctionReference on_progress;
    Napi::ObjectReference keep_alive;  // the wrap whose garbage collection must wait
};

// Everything that one environment (the main thread's, or a worker's) has. Lives on the JavaScript thread; other
// threads touch only the mailbox. Nothing is process-wide, so environments don't see each other.
class EnvData {
public:
    static std::shared_ptr<EnvData> create(Napi::Env env);
    static std::shared_ptr<EnvData> of(Napi::Env env);

    // JavaScript thread. The loop stays alive while anything is pending.
    uint64_t add_pending(Pending pending);
    Pending * find_pending(uint64_t id);  // null: settled already
    void settle(uint64_t id, const std::function<void(Napi::Promise::Deferred &)> & how);

    uint64_t add_callback(const Napi::Function & callback);
    Napi::FunctionReference * find_callback(uint64_t id);
    void remove_callback(uint64_t id);

    // Destroys `object`'s last reference away from the JavaScript thread, as freeing weights takes milliseconds.
    template <typename T>
    void release_elsewhere(std::shared_ptr<T> object) {
        if (object && !closed_) {
            work.threads().run([object = std::move(object)]() mutable { object.reset(); });
        }
    }

    // Shared, so that a thread of another environment that logs may outlive this one.
    const std::shared_ptr<Mailbox> mailbox;
    NativeWork work;
    Napi::FunctionReference context_constructor;
    Napi::FunctionReference state_constructor;
    Napi::FunctionReference cancel_token_constructor;
    // What the next handle takes: JavaScript can call the constructors too, with other addons' externals, so nothing
    // comes to them as an argument.
    std::shared_ptr<State> state_to_wrap;
    std::shared_ptr<Context> context_to_wrap;
    std::shared_ptr<void> log_registration_to_wrap;

private:
    explicit EnvData(Napi::Env env);
    void tear_down();

    std::unordered_map<uint64_t, Pending> pending_;
    std::unordered_map<uint64_t, Napi::FunctionReference> callbacks_;
    uint64_t next_id_ = 1;
    bool closed_ = false;
};

// A JavaScript Error with `code`; lib/errors.ts makes the classes of it.
Napi::Error make_error(Napi::Env env, const std::string & code, const std::string & message);
Napi::Error make_error(Napi::Env env, const Failure & failure);

// The C++ exception that is being handled, as plain data.
Failure current_failure();

// Runs `body`, turning C++ exceptions into JavaScript ones. For functions that JavaScript calls.
template <typename F>
auto guarded(Napi::Env env, F && body) -> decltype(body()) {
    try {
        return body();
    } catch (const Napi::Error &) {
        throw;
    } catch (...) {
        throw make_error(env, current_failure());
    }
}

// Starts `work` on a thread of its own and returns a promise. `work` runs there and returns what runs on the
// JavaScript thread to make the promise's value.
Napi::Promise run_on_own_thread(Napi::Env env, std::function<std::function<Napi::Value(Napi::Env)>()> work);

}  // namespace steady::addon
