// Exports of the addon: see lib/native/binding.ts for their types. Everything here runs on the JavaScript thread.

#include <whisper.h>

#include "audio_functions.h"
#include "backend_functions.h"
#include "cancel_token.h"
#include "context_wrap.h"
#include "core/available_memory.h"
#include "env_data.h"
#include "model_functions.h"
#include "process_functions.h"
#include "state_wrap.h"
#include "to_js.h"

namespace steady::addon {

namespace {

// availableMemory(): number | undefined, in bytes. Reads a few lines of /proc and /sys, which wait for no disk.
Napi::Value available_memory_js(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        const auto bytes = available_memory();
        return bytes ? Napi::Number::New(env, static_cast<double>(*bytes)) : env.Undefined();
    });
}

// The codes of all languages that whisper.cpp knows, in the order of their ids.
Napi::Value languages(const Napi::CallbackInfo & info) {
    std::vector<std::string> codes;
    for (int id = 0; id <= whisper_lang_max_id(); ++id) {
        codes.emplace_back(whisper_lang_str(id));
    }
    return strings_to_js(info.Env(), codes);
}

}  // namespace

Napi::Object init(Napi::Env env, Napi::Object exports) {
    const auto data = EnvData::create(env);
    ContextWrap::define(env, *data);
    StateWrap::define(env, *data);
    CancelToken::define(env, *data);
    define_audio_functions(env, exports);
    define_backend_functions(env, exports);
    define_model_functions(env, exports);
    define_process_functions(env, exports);
    exports.Set("loadContext", Napi::Function::New<ContextWrap::load>(env, "loadContext"));
    exports.Set("availableMemory", Napi::Function::New<available_memory_js>(env, "availableMemory"));
    exports.Set("languages", Napi::Function::New<languages>(env, "languages"));
    exports.Set("createCancelToken", Napi::Function::New(
                                         env,
                                         [](const Napi::CallbackInfo & info) {
                                             return EnvData::of(info.Env())->cancel_token_constructor.New({});
                                         },
                                         "createCancelToken"));
    return exports;
}

NODE_API_MODULE(steady_whisper, init)

}  // namespace steady::addon
