#include <algorithm>
#include <string>
#include <vector>

#include "audio_decode.h"
#include "audio_limits.h"
#include "coded_error.h"
#include "miniaudio_config.h"

namespace steady {
namespace {

constexpr uint32_t kMostChannels = 32;

// The decoder's conversion, for PCM that a caller has.
class Conversion {
public:
    Conversion(ma_format format, uint32_t channels, uint32_t sample_rate) {
        ma_data_converter_config config =
            ma_data_converter_config_init(format, ma_format_f32, channels, 1, sample_rate, kSampleRate);
        // ma_decoder_config_init's resampler
        config.resampling = ma_resampler_config_init(ma_format_unknown, 0, 0, 0, ma_resample_algorithm_linear);
        const ma_result result = ma_data_converter_init(&config, nullptr, &converter_);
        if (result == MA_OUT_OF_MEMORY) {
            throw_out_of_memory();
        }
        if (result != MA_SUCCESS) {
            throw CodedError("ERR_WHISPER_INVALID_ARG", "sampleRate must be one that can be converted to 16000 Hz; " +
                                                            std::to_string(sample_rate) + " Hz with " +
                                                            std::to_string(channels) +
                                                            " channels cannot: " + ma_result_description(result));
        }
    }

    ~Conversion() {
        ma_data_converter_uninit(&converter_, nullptr);
    }

    Conversion(const Conversion &) = delete;
    Conversion & operator=(const Conversion &) = delete;

    template <typename Sample>
    std::vector<float> run(const Sample * interleaved, size_t frames, uint32_t channels, uint32_t sample_rate,
                           const DecodeLimits & limits) {
        std::vector<float> out;
        out.reserve(size_t(samples_after_resampling(frames, sample_rate)) + kChunkFrames);
        for (size_t done = 0;;) {
            check_cancel(limits);
            const size_t filled = out.size();
            ma_uint64 frames_in = std::min(frames - done, kChunkFrames);
            ma_uint64 frames_out = kChunkFrames;
            out.resize(filled + kChunkFrames);
            ma_data_converter_process_pcm_frames(&converter_, interleaved + done * channels, &frames_in,
                                                 out.data() + filled, &frames_out);
            out.resize(filled + size_t(frames_out));
            done += size_t(frames_in);
            if (frames_in == 0 && frames_out == 0) {
                break;
            }
        }
        fit_to_source(out, frames, sample_rate);
        return out;
    }

private:
    ma_data_converter converter_ = {};
};

void check_pcm(const void * samples, size_t frames, uint32_t channels, uint32_t sample_rate,
               const DecodeLimits & limits) {
    const auto refuse = [](const char * name, const std::string & expected, uint64_t found) {
        throw CodedError("ERR_WHISPER_INVALID_ARG",
                         std::string(name) + " must be " + expected + ", found " + std::to_string(found));
    };
    if (channels < 1 || channels > kMostChannels) {
        refuse("channels", "1 to " + std::to_string(kMostChannels), channels);
    }
    if (sample_rate < kLowestRate || sample_rate > kHighestRate) {
        refuse("sampleRate", std::to_string(kLowestRate) + " to " + std::to_string(kHighestRate), sample_rate);
    }
    if (samples == nullptr && frames > 0) {
        refuse("samples", "a buffer", 0);
    }
    if (double(frames) / sample_rate > limits.max_duration_s || !(limits.max_duration_s > 0)) {
        throw_too_long("<pcm>", limits);
    }
}

template <typename Sample>
std::vector<float> resample(ma_format format, const Sample * interleaved, size_t frames, uint32_t channels,
                            uint32_t sample_rate, const DecodeLimits & limits) {
    check_pcm(interleaved, frames, channels, sample_rate, limits);
    check_cancel(limits);
    if (frames == 0) {
        return {};
    }
    return guard_memory([&] {
        Conversion conversion(format, channels, sample_rate);
        return conversion.run(interleaved, frames, channels, sample_rate, limits);
    });
}

}  // namespace

std::vector<float> resample_f32(const float * interleaved, size_t frames, uint32_t channels, uint32_t sample_rate,
                                const DecodeLimits & limits) {
    if (channels == 1 && sample_rate == kSampleRate) {
        check_pcm(interleaved, frames, channels, sample_rate, limits);
        return guard_memory([&] { return std::vector<float>(interleaved, interleaved + frames); });
    }
    return resample(ma_format_f32, interleaved, frames, channels, sample_rate, limits);
}

std::vector<float> resample_s16(const int16_t * interleaved, size_t frames, uint32_t channels, uint32_t sample_rate,
                                const DecodeLimits & limits) {
    return resample(ma_format_s16, interleaved, frames, channels, sample_rate, limits);
}

}  // namespace steady
