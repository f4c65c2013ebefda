#include "audio_functions.h"

#include "cancel_token.h"
#include "core/audio_decode.h"
#include "env_data.h"
#include "from_js.h"
#include "to_js.h"

namespace steady::addon {

namespace {

using Finish = std::function<Napi::Value(Napi::Env)>;

// lib/audio/validate.ts has the caller's own limit; this is the one that no caller can raise.
constexpr double kMaxPcmDurationS = 86400;

Finish finished(std::vector<float> && decoded) {
    auto samples = std::make_shared<std::vector<float>>(std::move(decoded));
    return [samples](Napi::Env env) { return samples_to_js(env, std::move(*samples)); };
}

// (path: string, maxDurationS: number, token?) => Promise<Float32Array>
Napi::Value decode_audio_file_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const std::string path = string_from_js(info[0], "path");
        const double max_duration_s = number_from_js(info[1], "maxDurationS");
        const CancelFlag cancelled = CancelToken::flag_of(info[2], *EnvData::of(info.Env()));
        return run_on_own_thread(info.Env(), [=]() -> Finish {
            return finished(decode_audio_file(path, {max_duration_s, cancelled.get()}).samples);
        });
    });
}

// (bytes: Uint8Array, maxDurationS: number, token?) => Promise<Float32Array>
Napi::Value decode_audio_bytes_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const auto bytes = std::make_shared<std::vector<uint8_t>>(bytes_from_js(info[0], "audio"));
        const double max_duration_s = number_from_js(info[1], "maxDurationS");
        const CancelFlag cancelled = CancelToken::flag_of(info[2], *EnvData::of(info.Env()));
        return run_on_own_thread(info.Env(), [=]() -> Finish {
            return finished(
                decode_audio_bytes(bytes->data(), bytes->size(), {max_duration_s, cancelled.get()}).samples);
        });
    });
}

struct PcmFormat {
    uint32_t channels;
    uint32_t sample_rate;
    CancelFlag cancelled;
};

PcmFormat pcm_format_from_js(const Napi::CallbackInfo & info, size_t samples) {
    const int channels = int_from_js(info[1], "channels");
    const int sample_rate = int_from_js(info[2], "sampleRate");
    if (channels < 1 || sample_rate < 1 || samples % static_cast<size_t>(channels) != 0) {
        throw CodedError("ERR_WHISPER_INVALID_ARG",
                         "audio must be whole frames of `channels` interleaved samples at a positive sampleRate");
    }
    return {static_cast<uint32_t>(channels), static_cast<uint32_t>(sample_rate),
            CancelToken::flag_of(info[3], *EnvData::of(info.Env()))};
}

// (samples: Float32Array, channels: number, sampleRate: number, token?) => Promise<Float32Array>
Napi::Value resample_f32_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const auto samples = std::make_shared<std::vector<float>>(samples_from_js(info[0]));
        const PcmFormat format = pcm_format_from_js(info, samples->size());
        return run_on_own_thread(info.Env(), [=]() -> Finish {
            const DecodeLimits limits{kMaxPcmDurationS, format.cancelled.get()};
            return finished(resample_f32(samples->data(), samples->size() / format.channels, format.channels,
                                         format.sample_rate, limits));
        });
    });
}

// (samples: Int16Array, channels: number, sampleRate: number, token?) => Promise<Float32Array>
Napi::Value resample_s16_js(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_int16_array) {
            throw CodedError("ERR_WHISPER_INVALID_ARG", "audio must be an Int16Array");
        }
        const auto array = info[0].As<Napi::Int16Array>();
        const auto samples = std::make_shared<std::vector<int16_t>>(array.Data(), array.Data() + array.ElementLength());
        const PcmFormat format = pcm_format_from_js(info, samples->size());
        return run_on_own_thread(info.Env(), [=]() -> Finish {
            const DecodeLimits limits{kMaxPcmDurationS, format.cancelled.get()};
            return finished(resample_s16(samples->data(), samples->size() / format.channels, format.channels,
                                         format.sample_rate, limits));
        });
    });
}

}  // namespace

void define_audio_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("decodeAudioFile", Napi::Function::New<decode_audio_file_js>(env, "decodeAudioFile"));
    exports.Set("decodeAudioBytes", Napi::Function::New<decode_audio_bytes_js>(env, "decodeAudioBytes"));
    exports.Set("resampleF32", Napi::Function::New<resample_f32_js>(env, "resampleF32"));
    exports.Set("resampleS16", Napi::Function::New<resample_s16_js>(env, "resampleS16"));
}

}  // namespace steady::addon
