// Exports of the addon: see lib/native/binding.ts for their types. Everything here runs on the JavaScript thread.

#include <whisper.h>

#include "audio_functions.h"
#include "cancel_token.h"
#include "context_wrap.h"
#include "core/available_memory.h"
#include "core/backend.h"
#include "core/checks.h"
#include "core/fault_injection.h"
#include "env_data.h"
#include "from_js.h"
#include "model_functions.h"
#include "process_functions.h"
#include "state_wrap.h"
#include "to_js.h"

namespace steady::addon {

namespace {

Napi::Array strings_to_js(Napi::Env env, const std::vector<std::string> & strings) {
    Napi::Array array = Napi::Array::New(env, strings.size());
    for (size_t i = 0; i < strings.size(); ++i) {
        array.Set(static_cast<uint32_t>(i), strings[i]);
    }
    return array;
}

// loadBackends(folder: string): call once, before anything else.
Napi::Value load_backends_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        load_backends(string_from_js(info[0], "folder"));
        NativeWork::stop_all_at_exit();
        return info.Env().Undefined();
    });
}

Napi::Value system_info(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        Napi::Object object = Napi::Object::New(env);
        object.Set("whisperVersion", whisper_version());
        object.Set("cpuFeatures", strings_to_js(env, cpu_features()));
        const std::vector<DeviceInfo> devices = list_devices();
        Napi::Array array = Napi::Array::New(env, devices.size());
        for (size_t i = 0; i < devices.size(); ++i) {
            array.Set(static_cast<uint32_t>(i), device_to_js(env, devices[i]));
        }
        object.Set("devices", array);
        if constexpr (!kChecksInput) {
            object.Set("unchecked", true);
        }
        if constexpr (kInjectsFaults) {
            object.Set("faults", true);
        }
        return object;
    });
}

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
    define_model_functions(env, exports);
    define_process_functions(env, exports);
    exports.Set("loadBackends", Napi::Function::New<load_backends_js>(env, "loadBackends"));
    exports.Set("loadContext", Napi::Function::New<ContextWrap::load>(env, "loadContext"));
    exports.Set("systemInfo", Napi::Function::New<system_info>(env, "systemInfo"));
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
