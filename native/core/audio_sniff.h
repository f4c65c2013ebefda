#pragma once

#include <cstdint>
#include <string>

#include "byte_source.h"

namespace steady {

enum class AudioFormat { wav, aiff, flac, mp3 };

const char * format_name(AudioFormat format);

struct SniffedAudio {
    AudioFormat format;
    uint64_t start;  // offset of the first byte that the decoder should see: tags before MPEG frames are passed over
};

// Recognises by content, never by name, what the built-in decoders can read. miniaudio itself tries one decoder after
// the other, and its MP3 decoder looks for anything like a frame header anywhere: noise "decodes".
// Throws CodedError: ERR_WHISPER_AUDIO_UNSUPPORTED (something else: the message says what it looks like),
// ERR_WHISPER_AUDIO_INVALID (empty, or ends within its first bytes), ERR_WHISPER_AUDIO_READ.
SniffedAudio sniff_audio(ByteSource & source);

// Whether the codec within a WAV file is one that the decoder knows; false if that cannot be told.
bool wav_codec_is_foreign(ByteSource & source, uint32_t & codec);

}  // namespace steady
