#include "model_functions.h"

#include "core/model_file.h"
#include "env_data.h"
#include "from_js.h"

namespace steady::addon {

namespace {

// (path: string) => Promise<void>. Walks the file on a thread of its own: it reads all of it.
Napi::Value check_model_file_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const std::string path = string_from_js(info[0], "path");
        return run_on_own_thread(info.Env(), [path]() -> std::function<Napi::Value(Napi::Env)> {
            ValidatedModel::walk(open_model_file(path), false);
            return [](Napi::Env js) -> Napi::Value { return js.Undefined(); };
        });
    });
}

}  // namespace

void define_model_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("checkModelFile", Napi::Function::New<check_model_file_js>(env, "checkModelFile"));
}

}  // namespace steady::addon
