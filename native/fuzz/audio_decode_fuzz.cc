// libFuzzer: any bytes as an audio file. Decoded, or refused with a code; a small file must not take long.
#include <cstddef>
#include <cstdint>

#include "audio_decode.h"
#include "coded_error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    steady::DecodeLimits limits;
    limits.max_duration_s = 60;
    try {
        steady::decode_audio_bytes(data, size, limits);
    } catch (const steady::CodedError &) {}
    return 0;
}
