#include "cancel_token.h"

namespace steady::addon {

static const napi_type_tag kTag = {0x5f1d1c8f0a6b4e21, 0x9d3c7b1e44a85f02};

void CancelToken::define(Napi::Env env, EnvData & data) {
    const Napi::Function constructor =
        DefineClass(env, "CancelToken", {InstanceMethod<&CancelToken::cancel>("cancel")});
    data.cancel_token_constructor = Napi::Persistent(constructor);
}

CancelToken::CancelToken(const Napi::CallbackInfo & info)
    : Napi::ObjectWrap<CancelToken>(info),
      flag_(EnvData::of(info.Env())->work.new_cancel_flag()) {
    info.This().As<Napi::Object>().TypeTag(&kTag);
}

CancelFlag CancelToken::flag_of(const Napi::Value & value, EnvData & data) {
    if (value.IsUndefined()) {
        return data.work.new_cancel_flag();
    }
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) {
        throw CodedError("ERR_WHISPER_INVALID_ARG", "token must be made by createCancelToken()");
    }
    return Unwrap(value.As<Napi::Object>())->flag_;
}

void CancelToken::cancel(const Napi::CallbackInfo &) {
    flag_->store(true, std::memory_order_relaxed);
}

}  // namespace steady::addon
