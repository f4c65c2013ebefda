#pragma once

#include "env_data.h"

namespace steady::addon {

// JavaScript's handle of a CancelFlag: ends a model load or an audio decode.
class CancelToken : public Napi::ObjectWrap<CancelToken> {
public:
    static void define(Napi::Env env, EnvData & data);

    explicit CancelToken(const Napi::CallbackInfo & info);

    // The flag of an argument that may be undefined. Throws ERR_WHISPER_INVALID_ARG for anything else.
    static CancelFlag flag_of(const Napi::Value & value, EnvData & data);

private:
    void cancel(const Napi::CallbackInfo & info);

    CancelFlag flag_;
};

}  // namespace steady::addon
