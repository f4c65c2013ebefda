#pragma once

#include <memory>
#include <vector>

#include "core/context.h"
#include "core/state.h"
#include "env_data.h"

namespace steady::addon {

// JavaScript's handle of a Context. All methods run on the JavaScript thread.
class ContextWrap : public Napi::ObjectWrap<ContextWrap> {
public:
    static void define(Napi::Env env, EnvData & data);

    // loadContext(source: string | Uint8Array, options, token, onLog): Promise<NativeContext>
    static Napi::Value load(const Napi::CallbackInfo & info);

    // Made by load() only.
    explicit ContextWrap(const Napi::CallbackInfo & info);
    void Finalize(Napi::BasicEnv env) override;

private:
    // Context and log registration travel together: unattributed lines are wanted as long as the context lives.
    struct Loaded {
        std::shared_ptr<Context> context;
        std::shared_ptr<void> log_registration;
    };

    Napi::Value info(const Napi::CallbackInfo & info);
    Napi::Value create_state(const Napi::CallbackInfo & info);
    Napi::Value free(const Napi::CallbackInfo & info);

    std::shared_ptr<EnvData> data_;
    ContextInfo context_info_;
    std::shared_ptr<Context> context_;  // null once freed
    std::shared_ptr<void> log_registration_;
    std::vector<std::weak_ptr<State>> states_;
};

}  // namespace steady::addon
