// libFuzzer: any bytes as an audio file. Decoded, or refused with a code; a small file must not take long.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "audio_decode.h"
#include "coded_error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    steady::DecodeLimits limits;
    limits.max_duration_s = 5;
    try {
        const steady::DecodedAudio audio = steady::decode_audio_bytes(data, size, limits);
        if (audio.samples.empty() || double(audio.samples.size()) > limits.max_duration_s * steady::kSampleRate) {
            std::abort();
        }
    } catch (const steady::CodedError &) {}
    return 0;
}
