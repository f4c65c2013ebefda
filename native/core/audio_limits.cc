#include "audio_limits.h"

#include <algorithm>
#include <atomic>

#include "coded_error.h"

namespace steady {

void throw_audio(const char * code, const std::string & name, const std::string & message) {
    throw CodedError(code, "audio '" + name + "': " + message);
}

void throw_out_of_memory() {
    throw CodedError("ERR_WHISPER_OUT_OF_MEMORY",
                     "not enough memory for the decoded audio (230 MB per hour); split it or free memory");
}

void throw_too_long(const std::string & name, const DecodeLimits & limits) {
    throw_audio(
        "ERR_WHISPER_AUDIO_TOO_LONG", name,
        "it is longer than the limit of " + std::to_string(limits.max_duration_s) + " s; split it, or raise the limit");
}

void check_cancel(const DecodeLimits & limits) {
    if (limits.cancel != nullptr && limits.cancel->load(std::memory_order_relaxed)) {
        throw CodedError("ERR_WHISPER_ABORTED", "decoding the audio was aborted");
    }
}

uint64_t most_samples(const DecodeLimits & limits) {
    constexpr double kCountable = 9007199254740992.0;  // 2^53
    const double most = limits.max_duration_s * kSampleRate;
    return most > 0 ? uint64_t(std::min(most, kCountable)) : 0;  // NaN: none
}

// miniaudio's formula (ma_calculate_frame_count_after_resampling, which its header does not declare), with its habit
// of one sample more for multiples of 16 kHz.
uint64_t samples_after_resampling(uint64_t frames, uint32_t sample_rate) {
    if (frames == 0 || sample_rate == kSampleRate) {
        return frames;
    }
    const uint64_t samples = frames * kSampleRate / sample_rate;
    const uint64_t whole = samples * (sample_rate / kSampleRate) / kSampleRate;
    const uint64_t needed = samples * (sample_rate % kSampleRate) + whole;
    return needed <= frames ? samples + 1 : samples;
}

void fit_to_source(std::vector<float> & samples, uint64_t source_frames, uint32_t sample_rate) {
    const uint64_t expected = samples_after_resampling(source_frames, sample_rate);
    const uint64_t actual = samples.size();
    const uint64_t difference = expected > actual ? expected - actual : actual - expected;
    if (difference <= kSampleRate / 100) {
        samples.resize(size_t(expected), 0.0f);
    }
}

}  // namespace steady
