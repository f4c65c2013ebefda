// libFuzzer: PCM of any rate, channel count and content. Converted, or refused with a code.
//
// The first byte says whether samples are floats or integers, the second how many channels there are, four more are
// the rate; samples follow.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "audio_decode.h"
#include "coded_error.h"

namespace {

constexpr size_t kHead = 6;

template <typename Sample, typename Convert>
void convert(const uint8_t * data, size_t size, Convert run) {
    const uint32_t channels = data[1] % 40;
    uint32_t rate = 0;
    std::memcpy(&rate, data + 2, sizeof(rate));
    std::vector<Sample> samples((size - kHead) / sizeof(Sample));
    if (!samples.empty()) {
        std::memcpy(samples.data(), data + kHead, samples.size() * sizeof(Sample));
    }
    steady::DecodeLimits limits;
    limits.max_duration_s = 5;
    const size_t frames = channels == 0 ? 0 : samples.size() / channels;
    try {
        const std::vector<float> converted = run(samples.data(), frames, channels, rate, limits);
        if (double(converted.size()) > limits.max_duration_s * steady::kSampleRate) {
            std::abort();
        }
    } catch (const steady::CodedError &) {}
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    if (size < kHead) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        convert<float>(data, size, steady::resample_f32);
    } else {
        convert<int16_t>(data, size, steady::resample_s16);
    }
    return 0;
}
