#pragma once

#include <memory>
#include <unordered_map>

#include "core/state.h"
#include "env_data.h"

namespace steady::addon {

// JavaScript's handle of a State. All methods run on the JavaScript thread.
class StateWrap : public Napi::ObjectWrap<StateWrap> {
public:
    static void define(Napi::Env env, EnvData & data);

    // Starts a state. `started` gets it at once; the promise is of the handle, once the state is ready.
    static Napi::Promise start(Napi::Env env, const std::shared_ptr<Context> & context,
                               std::shared_ptr<State> & started);

    // Made by start() only.
    explicit StateWrap(const Napi::CallbackInfo & info);
    void Finalize(Napi::BasicEnv env) override;

private:
    Napi::Value info(const Napi::CallbackInfo & info);
    Napi::Value activity(const Napi::CallbackInfo & info);
    Napi::Value run(const Napi::CallbackInfo & info);
    Napi::Value cancel(const Napi::CallbackInfo & info);
    Napi::Value reset(const Napi::CallbackInfo & info);
    Napi::Value free(const Napi::CallbackInfo & info);

    JobEvents events_of(uint64_t id, bool wants_segments, bool wants_progress);

    std::shared_ptr<EnvData> data_;
    std::shared_ptr<State> state_;
    std::unordered_map<uint64_t, std::weak_ptr<Job>> jobs_;
};

}  // namespace steady::addon
