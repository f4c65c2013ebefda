#include "from_js.h"

#include <cmath>
#include <limits>

#include "core/checks.h"
#include "core/coded_error.h"

namespace steady::addon {

namespace {

[[noreturn]] void throw_type(const std::string & name, const char * expected) {
    throw CodedError("ERR_WHISPER_INVALID_ARG", name + " must be " + expected);
}

// Reads the fields of an object into a struct; a field that is missing or undefined keeps the struct's default.
class Fields {
public:
    explicit Fields(const Napi::Object & object) : object_(object) {}

    void read(const char * name, bool & out) const {
        if (const Napi::Value value = get(name); !value.IsEmpty()) {
            if (!value.IsBoolean()) {
                throw_type(name, "a boolean");
            }
            out = value.As<Napi::Boolean>().Value();
        }
    }
    void read(const char * name, int & out) const {
        if (const Napi::Value value = get(name); !value.IsEmpty()) {
            out = int_from_js(value, name);
        }
    }
    void read(const char * name, float & out) const {
        if (const Napi::Value value = get(name); !value.IsEmpty()) {
            out = static_cast<float>(number_from_js(value, name));
        }
    }
    void read(const char * name, std::string & out) const {
        if (const Napi::Value value = get(name); !value.IsEmpty()) {
            out = string_from_js(value, name);
        }
    }
    void read(const char * name, std::vector<int> & out) const {
        if (const Napi::Value value = get(name); !value.IsEmpty()) {
            if (!value.IsArray()) {
                throw_type(name, "an array of integers");
            }
            const Napi::Array array = value.As<Napi::Array>();
            const uint32_t length = array.Length();  // read once: an element's getter may make the array grow for ever
            if (kChecksInput && length > 1000000) {
                throw_type(name, "an array of at most 1000000 integers");
            }
            out.clear();
            for (uint32_t i = 0; i < length; ++i) {
                out.push_back(int_from_js(array.Get(i), name));
            }
        }
    }

private:
    Napi::Value get(const char * name) const {
        const Napi::Value value = object_.Get(name);
        return value.IsUndefined() ? Napi::Value() : value;
    }

    const Napi::Object & object_;
};

Napi::TypedArray typed_array(const Napi::Value & value, napi_typedarray_type type, const char * name,
                             const char * expected) {
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
        throw_type(name, expected);
    }
    return value.As<Napi::TypedArray>();
}

}  // namespace

std::string string_from_js(const Napi::Value & value, const char * name) {
    if (!value.IsString()) {
        throw_type(name, "a string");
    }
    return value.As<Napi::String>().Utf8Value();
}

double number_from_js(const Napi::Value & value, const char * name) {
    if (!value.IsNumber()) {
        throw_type(name, "a number");
    }
    return value.As<Napi::Number>().DoubleValue();
}

int int_from_js(const Napi::Value & value, const char * name) {
    const double number = number_from_js(value, name);
    if (!(number >= std::numeric_limits<int>::min() && number <= std::numeric_limits<int>::max()) ||
        number != std::trunc(number)) {
        throw_type(name, "a 32-bit integer");
    }
    return static_cast<int>(number);
}

std::vector<float> samples_from_js(const Napi::Value & value) {
    const auto array = typed_array(value, napi_float32_array, "audio", "a Float32Array").As<Napi::Float32Array>();
    return std::vector<float>(array.Data(), array.Data() + array.ElementLength());
}

std::vector<uint8_t> bytes_from_js(const Napi::Value & value, const char * name) {
    const auto array = typed_array(value, napi_uint8_array, name, "a Uint8Array").As<Napi::Uint8Array>();
    return std::vector<uint8_t>(array.Data(), array.Data() + array.ElementLength());
}

ContextOptions context_options_from_js(const Napi::Object & object) {
    ContextOptions options;
    const Fields fields(object);
    fields.read("backend", options.backend);
    fields.read("device", options.device);
    fields.read("flashAttention", options.flash_attention);
    fields.read("allowWeightless", options.allow_weightless);
    fields.read("dtwPreset", options.dtw.preset);
    fields.read("dtwTopLayers", options.dtw.n_top);
    std::vector<int> heads;  // layer, head, layer, head, ...
    fields.read("dtwHeads", heads);
    for (size_t i = 0; i + 1 < heads.size(); i += 2) {
        options.dtw.heads.emplace_back(heads[i], heads[i + 1]);
    }
    return options;
}

JobParams job_params_from_js(const Napi::Object & object) {
    JobParams params;
    const Fields fields(object);
    fields.read("threads", params.threads);
    fields.read("strategy", params.strategy);
    fields.read("bestOf", params.best_of);
    fields.read("beamSize", params.beam_size);
    fields.read("language", params.language);
    fields.read("translate", params.translate);
    fields.read("temperature", params.temperature);
    fields.read("temperatureIncrement", params.temperature_inc);
    fields.read("entropyThreshold", params.entropy_thold);
    fields.read("logprobThreshold", params.logprob_thold);
    fields.read("noSpeechThreshold", params.no_speech_thold);
    fields.read("lengthPenalty", params.length_penalty);
    fields.read("maxInitialTimestampS", params.max_initial_ts);
    fields.read("prompt", params.initial_prompt);
    fields.read("promptTokens", params.prompt_tokens);
    fields.read("carryPrompt", params.carry_initial_prompt);
    fields.read("noContext", params.no_context);
    fields.read("maxTextContext", params.n_max_text_ctx);
    fields.read("offsetMs", params.offset_ms);
    fields.read("durationMs", params.duration_ms);
    fields.read("maxTokens", params.max_tokens);
    fields.read("audioContext", params.audio_ctx);
    fields.read("noTimestamps", params.no_timestamps);
    fields.read("singleSegment", params.single_segment);
    fields.read("tokenTimestamps", params.token_timestamps);
    fields.read("timestampThreshold", params.thold_pt);
    fields.read("timestampSumThreshold", params.thold_ptsum);
    fields.read("maxLength", params.max_len);
    fields.read("splitOnWord", params.split_on_word);
    fields.read("suppressBlank", params.suppress_blank);
    fields.read("suppressNonSpeech", params.suppress_nst);
    fields.read("suppressRegex", params.suppress_regex);
    fields.read("suppressTokens", params.suppress_tokens);
    fields.read("tinydiarize", params.tdrz_enable);
    fields.read("grammar", params.grammar);
    fields.read("grammarRule", params.grammar_rule);
    fields.read("grammarPenalty", params.grammar_penalty);
    return params;
}

}  // namespace steady::addon
