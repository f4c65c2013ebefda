#pragma once

#include <future>
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

    // A question to the core that is under way on a thread of its own.
    struct Query {
        explicit Query(std::shared_ptr<Context> asked) : context(std::move(asked)) {}
        ~Query() {
            context.reset();
            gone.set_value();
        }

        std::shared_ptr<Context> context;
        std::promise<void> gone;  // with its reference to the context
    };

    Napi::Value info(const Napi::CallbackInfo & info);
    Napi::Value create_state(const Napi::CallbackInfo & info);
    Napi::Value device_memory(const Napi::CallbackInfo & info);
    Napi::Value free(const Napi::CallbackInfo & info);

    std::shared_ptr<EnvData> data_;
    ContextInfo context_info_;
    std::shared_ptr<Context> context_;  // null once freed
    std::shared_ptr<void> log_registration_;
    std::vector<std::weak_ptr<State>> states_;
    std::vector<std::shared_future<void>> queries_;  // ends of those that free() has to wait for
};

}  // namespace steady::addon
