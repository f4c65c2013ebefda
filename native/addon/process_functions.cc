#include "process_functions.h"

#include <string>

#include "core/coded_error.h"
#include "core/log_router.h"
#include "core/process_limits.h"
#include "env_data.h"
#include "from_js.h"

namespace steady::addon {

namespace {

bool bool_from_js(const Napi::Value & value, const char * name) {
    if (!value.IsBoolean()) {
        throw CodedError("ERR_WHISPER_INVALID_ARG", std::string(name) + " must be a boolean");
    }
    return value.As<Napi::Boolean>().Value();
}

uint64_t byte_count_from_js(const Napi::Value & value, const char * name) {
    constexpr double kMost = 9007199254740991.0;  // Number.MAX_SAFE_INTEGER
    const double number = number_from_js(value, name);
    if (!(number >= 1 && number <= kMost) || number != static_cast<double>(static_cast<uint64_t>(number))) {
        throw CodedError("ERR_WHISPER_INVALID_ARG", std::string(name) + " must be a whole number of bytes above 0");
    }
    return static_cast<uint64_t>(number);
}

ProcessLimits limits_from_js(const Napi::Value & value) {
    if (!value.IsObject()) {
        throw CodedError("ERR_WHISPER_INVALID_ARG", "limits must be an object");
    }
    const Napi::Object object = value.As<Napi::Object>();
    ProcessLimits limits;
    limits.core_dumps = bool_from_js(object.Get("coreDumps"), "coreDumps");
    if (const Napi::Value pid = object.Get("parentPid"); !pid.IsUndefined()) {
        limits.parent_pid = int_from_js(pid, "parentPid");
        if (*limits.parent_pid < 1) {
            throw CodedError("ERR_WHISPER_INVALID_ARG", "parentPid must be 1 or more");
        }
    }
    if (const Napi::Value bytes = object.Get("addressSpaceBytes"); !bytes.IsUndefined()) {
        limits.address_space_bytes = byte_count_from_js(bytes, "addressSpaceBytes");
    }
    return limits;
}

// confineProcess({ coreDumps: boolean, parentPid?: number, addressSpaceBytes?: number })
// returns { coreDumps: boolean, parentDeath: boolean, addressSpace: boolean }
Napi::Value confine_process_js(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        const ProcessLimitsSet set = confine_process(limits_from_js(info[0]));
        Napi::Object object = Napi::Object::New(env);
        object.Set("coreDumps", set.core_dumps);
        object.Set("parentDeath", set.parent_death);
        object.Set("addressSpace", set.address_space);
        return object;
    });
}

// mirrorLog(enabled: boolean)
Napi::Value mirror_log_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        mirror_log(bool_from_js(info[0], "enabled"));
        return info.Env().Undefined();
    });
}

}  // namespace

void define_process_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("confineProcess", Napi::Function::New<confine_process_js>(env, "confineProcess"));
    exports.Set("mirrorLog", Napi::Function::New<mirror_log_js>(env, "mirrorLog"));
}

}  // namespace steady::addon
