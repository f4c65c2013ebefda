#include "audio_decode.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "audio_limits.h"
#include "audio_sniff.h"
#include "audio_virtual_file.h"
#include "coded_error.h"
#include "miniaudio_config.h"

namespace steady {
namespace {

ma_encoding_format encoding_of(AudioFormat format) {
    switch (format) {
        case AudioFormat::flac: return ma_encoding_format_flac;
        case AudioFormat::mp3: return ma_encoding_format_mp3;
        default: return ma_encoding_format_wav;  // which reads AIFF too
    }
}

// One decode of one source.
class Decoding {
public:
    Decoding(ByteSource & source, const SniffedAudio & sniffed, const DecodeLimits & limits)
        : source_(source),
          sniffed_(sniffed),
          limits_(limits),
          file_(source, sniffed.start, limits.cancel) {
        // whisper-cli's configuration (read_audio_data): the same samples, so the same text.
        ma_decoder_config config = ma_decoder_config_init(ma_format_f32, 1, kSampleRate);
        config.encodingFormat = encoding_of(sniffed.format);
        const ma_result result = ma_decoder_init_vfs(file_.vfs(), "audio", &config, &decoder_);
        check_failures(result);
        if (result != MA_SUCCESS) {
            refuse_broken("its header is damaged or incomplete");
        }
        initialised_ = true;
    }

    ~Decoding() {
        if (initialised_) {
            ma_decoder_uninit(&decoder_);
        }
    }

    Decoding(const Decoding &) = delete;
    Decoding & operator=(const Decoding &) = delete;

    DecodedAudio run() {
        DecodedAudio audio;
        audio.container = format_name(sniffed_.format);
        read_source_format(audio);
        reserve(audio);
        decode(audio.samples);

        ma_uint64 source_frames = 0;
        ma_data_source_get_cursor_in_pcm_frames(decoder_.pBackend, &source_frames);
        fit_to_source(audio.samples, source_frames, audio.source_sample_rate);
        if (audio.samples.empty()) {
            refuse_broken("it has no samples");
        }
        audio.duration_s = double(audio.samples.size()) / kSampleRate;
        return audio;
    }

private:
    void check_failures(ma_result result) const {
        check_cancel(limits_);
        if (file_.failed()) {
            throw_audio("ERR_WHISPER_AUDIO_READ", source_.name(),
                        "reading failed; the disk failed or the file was "
                        "shortened meanwhile");
        }
        if (result == MA_OUT_OF_MEMORY) {
            throw_out_of_memory();
        }
    }

    // The format was recognised, but there is nothing to decode.
    [[noreturn]] void refuse_broken(const std::string & why) const {
        uint32_t codec = 0;
        if (sniffed_.format == AudioFormat::wav && wav_codec_is_foreign(source_, codec)) {
            throw_audio("ERR_WHISPER_AUDIO_UNSUPPORTED", source_.name(),
                        "it is a WAV file with codec " + std::to_string(codec) +
                            ", which cannot be decoded here; convert it, for example with ffmpeg");
        }
        throw_audio("ERR_WHISPER_AUDIO_INVALID", source_.name(),
                    std::string("it is a ") + format_name(sniffed_.format) + " file, but " + why + " (" +
                        std::to_string(source_.size()) + " bytes)");
    }

    void read_source_format(DecodedAudio & audio) const {
        ma_uint32 channels = 0;
        ma_uint32 rate = 0;
        ma_data_source_get_data_format(decoder_.pBackend, nullptr, &channels, &rate, nullptr, 0);
        if (channels == 0 || rate < kLowestRate || rate > kHighestRate) {
            refuse_broken("its header says " + std::to_string(rate) + " Hz and " + std::to_string(channels) +
                          " channels; " + std::to_string(kLowestRate) + " to " + std::to_string(kHighestRate) +
                          " Hz can be decoded");
        }
        audio.source_sample_rate = rate;
        audio.source_channels = channels;
    }

    // For what the header promises, as far as the file's length makes that believable. Not for MP3: its decoder would
    // read the whole file to count.
    void reserve(DecodedAudio & audio) {
        ma_uint64 frames = 0;
        if (sniffed_.format == AudioFormat::mp3 ||
            ma_data_source_get_length_in_pcm_frames(decoder_.pBackend, &frames) != MA_SUCCESS) {
            return;
        }
        const uint64_t believable = std::min<uint64_t>(frames, file_.size());
        const uint64_t samples = believable * kSampleRate / audio.source_sample_rate + 1;
        audio.samples.reserve(size_t(std::min({samples, file_.size(), most_samples(limits_)})) + kChunkFrames);
    }

    void decode(std::vector<float> & samples) {
        const uint64_t most = most_samples(limits_);
        for (;;) {
            const size_t done = samples.size();
            samples.resize(done + kChunkFrames);
            ma_uint64 count = 0;
            const ma_result result = ma_decoder_read_pcm_frames(&decoder_, samples.data() + done, kChunkFrames, &count);
            samples.resize(done + size_t(std::min<ma_uint64>(count, kChunkFrames)));
            check_failures(result);
            if (samples.size() > most) {
                throw_too_long(source_.name(), limits_);
            }
            if (result != MA_SUCCESS || count == 0) {
                return;  // the end; also where broken data stops the decoder: what came before it is good
            }
        }
    }

    ByteSource & source_;
    const SniffedAudio sniffed_;
    const DecodeLimits & limits_;
    VirtualFile file_;
    ma_decoder decoder_ = {};
    bool initialised_ = false;
};

DecodedAudio decode_source(ByteSource & source, const DecodeLimits & limits) {
    check_cancel(limits);
    return guard_memory([&] {
        const SniffedAudio sniffed = sniff_audio(source);
        return std::make_unique<Decoding>(source, sniffed, limits)->run();
    });
}

}  // namespace

DecodedAudio decode_audio_file(const std::string & path, const DecodeLimits & limits) {
    OpenFailure failure;
    const std::unique_ptr<ByteSource> source = open_regular_file(path, failure);
    if (source == nullptr) {
        throw_audio(failure.missing ? "ERR_WHISPER_AUDIO_NOT_FOUND" : "ERR_WHISPER_AUDIO_READ", path, failure.reason);
    }
    return decode_source(*source, limits);
}

DecodedAudio decode_audio_bytes(const uint8_t * bytes, size_t length, const DecodeLimits & limits) {
    return decode_source(*source_of_view(bytes, length), limits);
}

}  // namespace steady
