#include "backend_functions.h"

#include <whisper.h>

#include "core/backend.h"
#include "core/checks.h"
#include "core/device_trial.h"
#include "core/fault_injection.h"
#include "env_data.h"
#include "from_js.h"
#include "native_work.h"
#include "to_js.h"

namespace steady::addon {

namespace {

Napi::Object cpu_variant_to_js(Napi::Env env, const CpuVariant & variant) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", variant.name);
    object.Set("supported", variant.score > 0);
    return object;
}

Napi::Object gpu_backend_file_to_js(Napi::Env env, const GpuBackendFile & file) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("backend", file.backend);
    object.Set("path", file.path);
    return object;
}

// loadBackends(folder: string, cpuVariant?: string): call before anything else. JavaScript thread.
Napi::Value load_backends_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const std::string cpu_variant = info[1].IsUndefined() ? "" : string_from_js(info[1], "cpuVariant");
        if (load_backends(string_from_js(info[0], "folder"), cpu_variant)) {
            NativeWork::stop_all_at_exit();
        }
        return info.Env().Undefined();
    });
}

// loadGpuBackend(path: string): Promise<void>, on a thread of its own: drivers take up to seconds to start.
Napi::Value load_gpu_backend_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const std::string path = string_from_js(info[0], "path");
        return run_on_own_thread(info.Env(), [path]() -> std::function<Napi::Value(Napi::Env)> {
            if (load_gpu_backend(path)) {
                NativeWork::stop_all_at_exit();
            }
            return [](Napi::Env js) -> Napi::Value { return js.Undefined(); };
        });
    });
}

// tryGpuBackend(path: string): DeviceInfo[]. JavaScript thread, of a process that is there for nothing else.
Napi::Value try_gpu_backend_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        return array_to_js(info.Env(), try_gpu_backend(string_from_js(info[0], "path")), device_to_js);
    });
}

// systemInfo(). JavaScript thread.
Napi::Value system_info(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        Napi::Object object = Napi::Object::New(env);
        object.Set("whisperVersion", whisper_version());
        object.Set("cpuVariant", cpu_variant());
        object.Set("cpuVariants", array_to_js(env, cpu_variants(), cpu_variant_to_js));
        object.Set("cpuFeatures", strings_to_js(env, cpu_features()));
        object.Set("gpuBackendFiles", array_to_js(env, gpu_backend_files(), gpu_backend_file_to_js));
        object.Set("devices", array_to_js(env, list_devices(), device_to_js));
        if constexpr (!kChecksInput) {
            object.Set("unchecked", true);
        }
        if constexpr (kInjectsFaults) {
            object.Set("faults", true);
        }
        return object;
    });
}

}  // namespace

void define_backend_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("loadBackends", Napi::Function::New<load_backends_js>(env, "loadBackends"));
    exports.Set("loadGpuBackend", Napi::Function::New<load_gpu_backend_js>(env, "loadGpuBackend"));
    exports.Set("tryGpuBackend", Napi::Function::New<try_gpu_backend_js>(env, "tryGpuBackend"));
    exports.Set("systemInfo", Napi::Function::New<system_info>(env, "systemInfo"));
}

}  // namespace steady::addon
