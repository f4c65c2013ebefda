#pragma once

#include <functional>
#include <mutex>

#include "napi_setup.h"

namespace steady::addon {

// Brings plain data from any thread to the JavaScript thread. What is posted must hold no Napi values: references to
// JavaScript live in EnvData, under ids.
class Mailbox {
public:
    using Delivery = std::function<void(Napi::Env)>;

    // JavaScript thread.
    explicit Mailbox(Napi::Env env);
    void close();  // nothing is delivered from here on; idempotent
    void keep_loop_alive(bool alive);

    // Any thread. A delivery after close() is destroyed undelivered.
    void post(Delivery delivery);

private:
    static void call_js(napi_env env, napi_value function, void * context, void * data);

    Napi::Env env_;
    std::mutex mutex_;
    napi_threadsafe_function function_ = nullptr;  // null once closed
};

}  // namespace steady::addon
