#include "env_data.h"

#include <new>
#include <optional>

namespace steady::addon {

EnvData::EnvData(Napi::Env env) : mailbox(std::make_shared<Mailbox>(env)) {}

std::shared_ptr<EnvData> EnvData::create(Napi::Env env) {
    auto data = std::shared_ptr<EnvData>(new EnvData(env));
    env.SetInstanceData(new std::shared_ptr<EnvData>(data));
    // Runs before the thread-safe function's own hook: hooks run in reverse order, and that one was set first.
    env.AddCleanupHook([](EnvData * environment) { environment->tear_down(); }, data.get());
    return data;
}

std::shared_ptr<EnvData> EnvData::of(Napi::Env env) {
    return *env.GetInstanceData<std::shared_ptr<EnvData>>();
}

// JavaScript thread: a worker ends or is terminated, perhaps in mid-job, or the main thread's loop has run dry.
void EnvData::tear_down() {
    closed_ = true;
    mailbox->close();
    work.stop();
    pending_.clear();
    callbacks_.clear();
}

uint64_t EnvData::add_pending(Pending pending) {
    if (pending_.empty()) {
        mailbox->keep_loop_alive(true);
    }
    const uint64_t id = next_id_++;
    pending_.emplace(id, std::move(pending));
    return id;
}

Pending * EnvData::find_pending(uint64_t id) {
    const auto found = pending_.find(id);
    return found == pending_.end() ? nullptr : &found->second;
}

void EnvData::settle(uint64_t id, const std::function<void(Napi::Promise::Deferred &)> & how) {
    auto node = pending_.extract(id);
    if (node.empty()) {
        return;
    }
    if (pending_.empty()) {
        mailbox->keep_loop_alive(false);
    }
    how(node.mapped().deferred);
}

uint64_t EnvData::add_callback(const Napi::Function & callback) {
    const uint64_t id = next_id_++;
    callbacks_.emplace(id, Napi::Persistent(callback));
    return id;
}

Napi::FunctionReference * EnvData::find_callback(uint64_t id) {
    const auto found = callbacks_.find(id);
    return found == callbacks_.end() ? nullptr : &found->second;
}

void EnvData::remove_callback(uint64_t id) {
    callbacks_.erase(id);
}

Napi::Error make_error(Napi::Env env, const std::string & code, const std::string & message) {
    Napi::Error error = Napi::Error::New(env, message);
    error.Value().Set("code", Napi::String::New(env, code));
    return error;
}

Napi::Error make_error(Napi::Env env, const Failure & failure) {
    return make_error(env, failure.code, failure.message);
}

Failure current_failure() {
    try {
        throw;
    } catch (const CodedError & e) {
        return {e.code(), e.what()};
    } catch (const std::bad_alloc &) {
        return {"ERR_WHISPER_OUT_OF_MEMORY", "not enough memory"};
    } catch (const std::exception & e) {
        return {"ERR_WHISPER_INTERNAL", e.what()};
    } catch (...) {
        return {"ERR_WHISPER_INTERNAL", "unknown exception"};
    }
}

Napi::Promise run_on_own_thread(Napi::Env env, std::function<std::function<Napi::Value(Napi::Env)>()> work) {
    const auto data = EnvData::of(env);
    Pending pending(env);
    const Napi::Promise promise = pending.deferred.Promise();
    const uint64_t id = data->add_pending(std::move(pending));
    try {
        data->work.threads().run([mailbox = data->mailbox, id, work = std::move(work)]() mutable {
            std::function<Napi::Value(Napi::Env)> finish;
            std::optional<Failure> error;
            try {
                finish = work();
            } catch (...) {
                error = current_failure();
            }
            work = nullptr;
            mailbox->post([id, finish = std::move(finish), error](Napi::Env js) {
                EnvData::of(js)->settle(id, [&](Napi::Promise::Deferred & deferred) {
                    if (error) {
                        deferred.Reject(make_error(js, *error).Value());
                        return;
                    }
                    try {
                        deferred.Resolve(finish(js));
                    } catch (const Napi::Error & e) {
                        deferred.Reject(e.Value());
                    }
                });
            });
        });
    } catch (...) {
        const Failure error = current_failure();
        data->settle(id, [&](Napi::Promise::Deferred & deferred) { deferred.Reject(make_error(env, error).Value()); });
    }
    return promise;
}

}  // namespace steady::addon
