#include "context_wrap.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "cancel_token.h"
#include "from_js.h"
#include "js_log_sink.h"
#include "state_wrap.h"
#include "to_js.h"

namespace steady::addon {

namespace {

CodedError freed_error() {
    return CodedError("ERR_WHISPER_FREED", "the context has been freed; load it again");
}

}  // namespace

static const napi_type_tag kTag = {0x1b7e90d2c3f04a61, 0xa4d5c6b7e8f90123};

void ContextWrap::define(Napi::Env env, EnvData & data) {
    const Napi::Function constructor = DefineClass(env, "NativeContext",
                                                   {
                                                       InstanceMethod<&ContextWrap::info>("info"),
                                                       InstanceMethod<&ContextWrap::create_state>("createState"),
                                                       InstanceMethod<&ContextWrap::device_memory>("deviceMemory"),
                                                       InstanceMethod<&ContextWrap::free>("free"),
                                                   });
    data.context_constructor = Napi::Persistent(constructor);
}

Napi::Value ContextWrap::load(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        const auto data = EnvData::of(env);
        if (!info[1].IsObject()) {
            throw CodedError("ERR_WHISPER_INVALID_ARG", "options must be an object");
        }
        ContextOptions options = context_options_from_js(info[1].As<Napi::Object>());
        const CancelFlag cancelled = CancelToken::flag_of(info[2], *data);
        if (info[3].IsFunction()) {
            options.log = make_js_log_sink(data, info[3].As<Napi::Function>());
        }
        const bool from_path = info[0].IsString();
        const std::string path = from_path ? string_from_js(info[0], "model") : "";
        auto bytes = std::make_shared<std::vector<uint8_t>>();
        if (!from_path) {
            *bytes = bytes_from_js(info[0], "model");
        }
        // On a thread of its own: reading and checking a model takes seconds.
        return run_on_own_thread(env, [=]() -> std::function<Napi::Value(Napi::Env)> {
            auto loaded = std::make_shared<Loaded>();
            if (options.log) {
                loaded->log_registration = register_log_sink(options.log);
            }
            loaded->context = Context::load(from_path ? open_model_file(path) : model_from_bytes(std::move(*bytes)),
                                            options, *cancelled);
            return [loaded](Napi::Env js) -> Napi::Value {
                const auto environment = EnvData::of(js);
                environment->context_to_wrap = std::move(loaded->context);
                environment->log_registration_to_wrap = std::move(loaded->log_registration);
                return environment->context_constructor.New({});
            };
        });
    });
}

ContextWrap::ContextWrap(const Napi::CallbackInfo & info)
    : Napi::ObjectWrap<ContextWrap>(info),
      data_(EnvData::of(info.Env())),
      context_(std::move(data_->context_to_wrap)),
      log_registration_(std::move(data_->log_registration_to_wrap)) {
    if (!context_) {
        throw make_error(info.Env(), "ERR_WHISPER_INVALID_ARG", "a context is made by loadContext()");
    }
    context_info_ = context_->info();
    info.This().As<Napi::Object>().TypeTag(&kTag);
}

// Garbage collection without free(): the weights go once the last state does.
void ContextWrap::Finalize(Napi::BasicEnv) {
    log_registration_.reset();
    try {
        data_->release_elsewhere(std::move(context_));
    } catch (...) {  // no thread to be had: context_ has been freed right here, on the way out of the failed call
    }
}

Napi::Value ContextWrap::info(const Napi::CallbackInfo & info) {
    return context_info_to_js(info.Env(), context_info_);
}

Napi::Value ContextWrap::create_state(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        if (!context_) {
            throw freed_error();
        }
        states_.erase(std::remove_if(states_.begin(), states_.end(), [](const auto & s) { return s.expired(); }),
                      states_.end());
        std::shared_ptr<State> state;
        const Napi::Promise promise = StateWrap::start(env, context_, state);
        if (state) {
            states_.push_back(state);
        }
        return promise;
    });
}

// deviceMemory(): Promise<{ freeBytes, totalBytes } | undefined>. On a thread of its own: a driver is asked, and buffers
// that are being allocated or freed are waited for. The query keeps the context, as it has to (core/device_memory.h).
Napi::Value ContextWrap::device_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        if (!context_) {
            throw freed_error();
        }
        queries_.erase(std::remove_if(queries_.begin(), queries_.end(),
                                      [](const auto & gone) {
                                          return gone.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
                                      }),
                       queries_.end());
        auto query = std::make_shared<Query>(context_);
        queries_.push_back(query->gone.get_future().share());
        return run_on_own_thread(env, [query = std::move(query)]() -> std::function<Napi::Value(Napi::Env)> {
            const auto memory = query->context->device_memory();
            return [memory](Napi::Env js) -> Napi::Value {
                return memory ? device_memory_to_js(js, *memory) : js.Undefined();
            };
        });
    });
}

// Frees the states first, whatever they are doing, then the weights; resolves when the memory is back.
Napi::Value ContextWrap::free(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        auto states = std::make_shared<std::vector<std::shared_ptr<State>>>();
        for (const auto & weak : states_) {
            if (auto state = weak.lock()) {
                states->push_back(std::move(state));
            }
        }
        states_.clear();
        const auto queries = std::move(queries_);
        queries_.clear();
        log_registration_.reset();
        auto context = std::make_shared<std::shared_ptr<Context>>(std::move(context_));
        context_.reset();
        return run_on_own_thread(env, [states, queries, context]() -> std::function<Napi::Value(Napi::Env)> {
            std::mutex mutex;
            std::condition_variable changed;
            size_t live = states->size();
            for (const auto & state : *states) {
                state->free([&] {
                    const std::lock_guard<std::mutex> lock(mutex);
                    --live;
                    changed.notify_one();
                });
            }
            std::unique_lock<std::mutex> lock(mutex);
            changed.wait(lock, [&] { return live == 0; });
            for (const auto & gone : queries) {
                gone.wait();
            }
            context->reset();
            return [](Napi::Env js) -> Napi::Value { return js.Undefined(); };
        });
    });
}

}  // namespace steady::addon
