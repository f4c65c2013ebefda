#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace steady {

constexpr uint32_t kSampleRate = 16000;  // whisper's own rate: WHISPER_SAMPLE_RATE

struct DecodedAudio {
    std::vector<float> samples;  // mono, 16 kHz, float32 in [-1, 1]
    std::string container;       // "wav" (also RIFX, RF64, Wave64) | "aiff" | "flac" | "mp3"
    uint32_t source_sample_rate = 0;
    uint32_t source_channels = 0;
    double duration_s = 0;  // of the decoded samples
};

// Limits and cancellation of one decode.
struct DecodeLimits {
    double max_duration_s = 36000;               // longer audio is ERR_WHISPER_AUDIO_TOO_LONG
    const std::atomic<bool> * cancel = nullptr;  // polled between chunks: ERR_WHISPER_ABORTED
};

// WAV (and AIFF), FLAC and MP3 of any rate and channel count to 16 kHz mono float, by miniaudio: the same samples as
// whisper-cli's. Runs on the calling thread. What can be decoded of a damaged or cut file is returned.
// Throws CodedError: ERR_WHISPER_AUDIO_NOT_FOUND, ERR_WHISPER_AUDIO_READ, ERR_WHISPER_AUDIO_UNSUPPORTED (none of these
// formats, or a foreign codec in one: the caller may try ffmpeg), ERR_WHISPER_AUDIO_INVALID (right format, broken or
// without samples; an empty file), ERR_WHISPER_AUDIO_TOO_LONG, ERR_WHISPER_ABORTED, ERR_WHISPER_OUT_OF_MEMORY.
DecodedAudio decode_audio_file(const std::string & path, const DecodeLimits & limits);
DecodedAudio decode_audio_bytes(const uint8_t * bytes, size_t length, const DecodeLimits & limits);

// Interleaved PCM of any rate (1000 to 768000 Hz) and channel count (1 to 32) to 16 kHz mono float: mean of the
// channels, the resampler of the decoder above, the samples that the same PCM in a file would give. `frames` counts
// samples per channel. Throws CodedError ERR_WHISPER_INVALID_ARG, _AUDIO_TOO_LONG, _ABORTED, _OUT_OF_MEMORY.
std::vector<float> resample_f32(const float * interleaved, size_t frames, uint32_t channels, uint32_t sample_rate,
                                const DecodeLimits & limits);
std::vector<float> resample_s16(const int16_t * interleaved, size_t frames, uint32_t channels, uint32_t sample_rate,
                                const DecodeLimits & limits);

}  // namespace steady
