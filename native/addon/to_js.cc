#include "to_js.h"

#include <cstring>
#include <memory>

namespace steady::addon {

namespace {

Napi::Object token_to_js(Napi::Env env, const Token & token) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("id", token.id);
    object.Set("text", token.text);
    object.Set("p", token.p);
    if (token.start_ms >= 0) {
        object.Set("startMs", static_cast<double>(token.start_ms));
        object.Set("endMs", static_cast<double>(token.end_ms));
    }
    if (token.dtw_ms >= 0) {
        object.Set("dtwMs", static_cast<double>(token.dtw_ms));
    }
    return object;
}

Napi::Object timing_to_js(Napi::Env env, const JobTiming & timing) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("waitMs", timing.wait_ms);
    object.Set("wallMs", timing.wall_ms);
    object.Set("melMs", timing.mel_ms);
    object.Set("detectMs", timing.detect_ms);
    object.Set("encodeMs", timing.encode_ms);
    object.Set("promptMs", timing.prompt_ms);
    object.Set("decodeMs", timing.decode_ms);
    object.Set("sampleMs", timing.sample_ms);
    object.Set("alignMs", timing.align_ms);
    object.Set("cpuMs", timing.cpu_ms);
    if (timing.run_delay_ms >= 0) {
        object.Set("runDelayMs", timing.run_delay_ms);
    }
#ifdef STEADY_FAULTS
    object.Set("injectedMs", timing.injected_ms);
#endif
    object.Set("threadsMeasured", timing.threads_measured);
    object.Set("windows", timing.windows);
    object.Set("encoderPasses", timing.encoder_passes);
    object.Set("tokensDecoded", timing.tokens_decoded);
    object.Set("promptTokens", timing.prompt_tokens);
    object.Set("fallbacks", timing.fallbacks);
    object.Set("fallbackTokens", timing.fallback_tokens);
    return object;
}

Napi::Object model_to_js(Napi::Env env, const ModelFacts & model) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("type", model.type);
    object.Set("multilingual", model.multilingual);
    object.Set("weightless", model.weightless);
    object.Set("quantization", model.quantization);
    object.Set("fileBytes", static_cast<double>(model.file_bytes));
    object.Set("weightsBytes", static_cast<double>(model.weights_bytes));
    object.Set("vocabulary", model.n_vocab);
    object.Set("mels", model.n_mels);
    object.Set("audioContext", model.n_audio_ctx);
    object.Set("audioState", model.n_audio_state);
    object.Set("audioHeads", model.n_audio_head);
    object.Set("audioLayers", model.n_audio_layer);
    object.Set("textContext", model.n_text_ctx);
    object.Set("textState", model.n_text_state);
    object.Set("textHeads", model.n_text_head);
    object.Set("textLayers", model.n_text_layer);
    return object;
}

}  // namespace

Napi::Object segment_to_js(Napi::Env env, const Segment & segment) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("index", segment.index);
    object.Set("startMs", static_cast<double>(segment.start_ms));
    object.Set("endMs", static_cast<double>(segment.end_ms));
    object.Set("text", segment.text);
    object.Set("tokens", array_to_js(env, segment.tokens, token_to_js));
    if (segment.no_speech_prob >= 0) {
        object.Set("noSpeechProb", segment.no_speech_prob);
    }
    object.Set("speakerTurnNext", segment.speaker_turn_next);
    return object;
}

Napi::Array segments_to_js(Napi::Env env, const std::vector<Segment> & segments) {
    return array_to_js(env, segments, segment_to_js);
}

Napi::Object result_to_js(Napi::Env env, const JobResult & result) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("language", result.language);
    if (result.language_prob >= 0) {
        object.Set("languageProb", result.language_prob);
        Napi::Object probabilities = Napi::Object::New(env);
        for (const auto & [language, probability] : result.language_probs) {
            probabilities.Set(language, probability);
        }
        object.Set("languageProbs", probabilities);
    }
    object.Set("audioDurationMs", static_cast<double>(result.audio_duration_ms));
    object.Set("timing", timing_to_js(env, result.timing));
    return object;
}

Napi::Array strings_to_js(Napi::Env env, const std::vector<std::string> & strings) {
    return array_to_js(env, strings,
                       [](Napi::Env js, const std::string & text) { return Napi::String::New(js, text); });
}

Napi::Object device_to_js(Napi::Env env, const DeviceInfo & device) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("backend", device.backend);
    object.Set("device", device.index);
    object.Set("name", device.name);
    object.Set("description", device.description);
    object.Set("gpu", device.gpu);
    return object;
}

Napi::Object context_info_to_js(Napi::Env env, const ContextInfo & info) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("model", model_to_js(env, info.model));
    object.Set("device", device_to_js(env, info.device));
    object.Set("flashAttention", info.flash_attention);
    object.Set("dtw", info.dtw);
    object.Set("weightsBytes", static_cast<double>(info.weights_bytes));
    object.Set("loadMs", info.load_ms);
    return object;
}

Napi::Object device_memory_to_js(Napi::Env env, const DeviceMemory & memory) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("freeBytes", static_cast<double>(memory.free_bytes));
    object.Set("totalBytes", static_cast<double>(memory.total_bytes));
    return object;
}

Napi::Object state_info_to_js(Napi::Env env, const StateInfo & info) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("bytes", static_cast<double>(info.bytes.total()));
    object.Set("kvCacheBytes", static_cast<double>(info.bytes.kv_cache));
    object.Set("computeBytes", static_cast<double>(info.bytes.compute));
    object.Set("hostBytes", static_cast<double>(info.bytes.host));
    object.Set("createMs", info.create_ms);
    object.Set("resetMs", info.reset_ms);
    object.Set("resets", static_cast<double>(info.resets));
    object.Set("jobs", static_cast<double>(info.jobs));
    return object;
}

Napi::Value samples_to_js(Napi::Env env, std::vector<float> && samples) {
    const size_t count = samples.size();
    const size_t bytes = count * sizeof(float);
    auto owned = std::make_unique<std::vector<float>>(std::move(samples));
    napi_value buffer = nullptr;
    const napi_status status = napi_create_external_arraybuffer(
        env, owned->data(), bytes,
        [](napi_env, void *, void * hint) { delete static_cast<std::vector<float> *>(hint); }, owned.get(), &buffer);
    if (status == napi_ok) {
        owned.release();
        return Napi::Float32Array::New(env, count, Napi::ArrayBuffer(env, buffer), 0);
    }
    // Electron and others with a memory cage refuse: napi_no_external_buffers_allowed.
    Napi::Float32Array copy = Napi::Float32Array::New(env, count);
    if (count > 0) {
        std::memcpy(copy.Data(), owned->data(), bytes);
    }
    return copy;
}

}  // namespace steady::addon
