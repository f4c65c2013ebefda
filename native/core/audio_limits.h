#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "audio_decode.h"

namespace steady {

constexpr uint32_t kLowestRate = 1000;        // of any recording; far below, a small file would grow without bounds
constexpr uint32_t kHighestRate = 768000;     // the highest that is in use
constexpr size_t kChunkFrames = kSampleRate;  // decoded between two looks at the cancel flag

[[noreturn]] void throw_audio(const char * code, const std::string & name, const std::string & message);
[[noreturn]] void throw_out_of_memory();
[[noreturn]] void throw_too_long(const std::string & name, const DecodeLimits & limits);

void check_cancel(const DecodeLimits & limits);

// How many samples the longest allowed audio has.
uint64_t most_samples(const DecodeLimits & limits);

// How many samples whisper-cli counts for this many frames of another rate.
uint64_t samples_after_resampling(uint64_t frames, uint32_t sample_rate);

// Pads with silence, or cuts, to that number. A few samples stay in the resampler at the end; whisper-cli counts them
// and leaves zeros there (read_audio_from_decoder in examples/common-whisper.cpp).
void fit_to_source(std::vector<float> & samples, uint64_t source_frames, uint32_t sample_rate);

// Turns what the standard library throws when memory or a vector's size runs out into a coded error.
template <typename F>
auto guard_memory(F && run) {
    try {
        return run();
    } catch (const std::bad_alloc &) {
        throw_out_of_memory();
    } catch (const std::length_error &) {
        throw_out_of_memory();
    }
}

}  // namespace steady
