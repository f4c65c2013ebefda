#include "mailbox.h"

#include <memory>

namespace steady::addon {

Mailbox::Mailbox(Napi::Env env) : env_(env) {
    const napi_status status =
        napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "steady-whisper"), 0, 1, nullptr,
                                        nullptr, nullptr, call_js, &function_);
    if (status != napi_ok) {
        throw Napi::Error::New(env, "the thread-safe function could not be created");
    }
    napi_unref_threadsafe_function(env, function_);
}

void Mailbox::close() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (function_) {
        napi_release_threadsafe_function(function_, napi_tsfn_abort);
        function_ = nullptr;
    }
}

void Mailbox::keep_loop_alive(bool alive) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!function_) {
        return;
    }
    if (alive) {
        napi_ref_threadsafe_function(env_, function_);
    } else {
        napi_unref_threadsafe_function(env_, function_);
    }
}

void Mailbox::post(Delivery delivery) {
    auto owned = std::make_unique<Delivery>(std::move(delivery));
    std::lock_guard<std::mutex> lock(mutex_);
    if (function_ && napi_call_threadsafe_function(function_, owned.get(), napi_tsfn_nonblocking) == napi_ok) {
        owned.release();  // call_js owns it now
    }
}

// JavaScript thread. `env` is null when the queue is emptied because the environment goes away.
void Mailbox::call_js(napi_env env, napi_value, void *, void * data) {
    const std::unique_ptr<Delivery> delivery(static_cast<Delivery *>(data));
    if (!env) {
        return;
    }
    const Napi::Env napi_env_wrapper(env);
    const Napi::HandleScope scope(napi_env_wrapper);
    try {
        (*delivery)(napi_env_wrapper);
    } catch (const Napi::Error & error) {
        // A listener threw: that must be seen, as an uncaughtException.
        try {
            napi_fatal_exception(env, error.Value());
        } catch (const Napi::Error &) {  // a worker that is being terminated: there is no JavaScript left to tell
        }
    }
}

}  // namespace steady::addon
