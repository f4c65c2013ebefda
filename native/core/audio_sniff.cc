#include "audio_sniff.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <vector>

#include "coded_error.h"

namespace steady {
namespace {

// How far MPEG frames are looked for. Without a tag a stream may start within a frame (at most 1728 bytes long); after
// a tag, encoders leave padding.
constexpr uint64_t kSearchWithoutTag = 2048;
constexpr uint64_t kSearchAfterTag = 64 * 1024;

[[noreturn]] void refuse(const ByteSource & source, const char * code, const std::string & message) {
    throw CodedError(code, "audio '" + source.name() + "': " + message);
}

// A look at the file at any place. What lies beyond its end reads as zero.
class Peek {
public:
    explicit Peek(ByteSource & source) : source_(source), size_(source.size()) {}

    uint64_t size() const {
        return size_;
    }

    template <size_t N>
    std::array<uint8_t, N> at(uint64_t offset) {
        std::array<uint8_t, N> bytes{};
        if (offset < size_) {
            fill(offset, bytes.data(), size_t(std::min<uint64_t>(N, size_ - offset)));
        }
        return bytes;
    }

    bool has(uint64_t offset, const char * text) {
        const size_t length = std::strlen(text);
        std::array<char, 16> bytes{};
        if (length > bytes.size() || offset > size_ || length > size_ - offset) {
            return false;
        }
        fill(offset, bytes.data(), length);
        return std::memcmp(bytes.data(), text, length) == 0;
    }

private:
    // Through a window: the search for frames looks at every byte.
    void fill(uint64_t offset, void * out, size_t length) {
        if (offset < window_start_ || offset + length > window_start_ + window_.size()) {
            window_.resize(size_t(std::min<uint64_t>(8 * 1024, size_ - offset)));
            window_start_ = offset;
            if (!source_.read_at(offset, window_.data(), window_.size())) {
                window_.clear();
                refuse(
                    source_, "ERR_WHISPER_AUDIO_READ",
                    "reading failed at byte " + std::to_string(offset) + "; the disk failed or the file was shortened");
            }
        }
        std::memcpy(out, window_.data() + (offset - window_start_), length);
    }

    ByteSource & source_;
    const uint64_t size_;
    uint64_t window_start_ = 0;
    std::vector<uint8_t> window_;
};

using MpegHeader = std::array<uint8_t, 4>;

// Length in bytes of the MPEG audio frame with this header, 0 if it is none. The rules are those of the decoder
// (ma_dr_mp3_hdr_valid, ma_dr_mp3_hdr_frame_bytes), without free-format streams, which say no length.
uint32_t mpeg_frame_bytes(const MpegHeader & h) {
    static constexpr uint16_t kKbps[2][3][15] = {
        // MPEG 2 and 2.5: layers III, II, I
        {{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
         {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
         {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256}},
        // MPEG 1
        {{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
         {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
         {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448}},
    };
    static constexpr uint32_t kHz[3] = {44100, 48000, 32000};
    const bool sync = h[0] == 0xff && ((h[1] & 0xf0) == 0xf0 || (h[1] & 0xfe) == 0xe2);
    const uint32_t layer = (h[1] >> 1) & 3;  // 1: III, 2: II, 3: I
    const uint32_t bitrate = h[2] >> 4;
    const uint32_t rate = (h[2] >> 2) & 3;
    if (!sync || layer == 0 || bitrate == 0 || bitrate == 15 || rate == 3) {
        return 0;
    }
    const bool mpeg1 = (h[1] & 8) != 0;
    const bool mpeg25 = (h[1] & 0x10) == 0;
    const uint32_t hz = kHz[rate] >> (mpeg1 ? 0 : 1) >> (mpeg25 ? 1 : 0);
    const uint32_t kbps = kKbps[mpeg1 ? 1 : 0][layer - 1][bitrate];
    const bool padded = (h[2] & 2) != 0;
    if (layer == 3) {
        return (384 / 8 * kbps * 1000 / hz & ~3u) + (padded ? 4 : 0);
    }
    const uint32_t samples = layer == 1 && !mpeg1 ? 576 : 1152;
    return samples / 8 * kbps * 1000 / hz + (padded ? 1 : 0);
}

// Version, layer and sampling rate stay the same throughout a stream (ma_dr_mp3_hdr_compare).
bool same_stream(const MpegHeader & a, const MpegHeader & b) {
    return ((a[1] ^ b[1]) & 0xfe) == 0 && ((a[2] ^ b[2]) & 0x0c) == 0;
}

// Whether `frames` consistent frame headers follow each other from `offset` on. Two random headers agree once in
// some 10^9 places. A file may also be one frame and nothing else.
bool frames_start_at(Peek & peek, uint64_t offset, int frames) {
    const MpegHeader first = peek.at<4>(offset);
    MpegHeader header = first;
    for (int i = 1;; ++i) {
        const uint32_t length = mpeg_frame_bytes(header);
        if (length == 0 || !same_stream(first, header)) {
            return false;
        }
        if (i == frames) {
            return true;
        }
        offset += length;
        if (offset == peek.size()) {
            return true;
        }
        header = peek.at<4>(offset);
    }
}

std::optional<uint64_t> find_frames(Peek & peek, uint64_t from, uint64_t limit) {
    if (frames_start_at(peek, from, 2)) {
        return from;
    }
    const uint64_t end = std::min(peek.size(), from + limit);
    for (uint64_t offset = from + 1; offset < end; ++offset) {
        // Three, as many places are tried, and no file that just ends with the look of a frame.
        if (peek.at<1>(offset)[0] == 0xff && offset + 4096 < peek.size() && frames_start_at(peek, offset, 3)) {
            return offset;
        }
    }
    return std::nullopt;
}

// Passes over ID3v2 tags, whose length is in the four low sevens of bits of their header.
uint64_t skip_tags(Peek & peek, const ByteSource & source) {
    uint64_t offset = 0;
    while (peek.has(offset, "ID3")) {
        const auto header = peek.at<10>(offset);
        const uint64_t length = uint64_t(header[6] & 0x7f) << 21 | uint64_t(header[7] & 0x7f) << 14 |
                                uint64_t(header[8] & 0x7f) << 7 | uint64_t(header[9] & 0x7f);
        offset += 10 + length + ((header[5] & 0x10) != 0 ? 10 : 0);
        if (offset >= peek.size()) {
            refuse(source, "ERR_WHISPER_AUDIO_INVALID",
                   "it ends at byte " + std::to_string(peek.size()) + ", within its ID3 tag; it is incomplete");
        }
    }
    return offset;
}

struct Signature {
    uint64_t offset;
    const char * bytes;
    const char * name;
};

// For messages only.
constexpr Signature kOthers[] = {
    {0, "OggS", "an Ogg file (Vorbis, Opus or Ogg FLAC)"},
    {4, "ftyp", "an MP4 or M4A file"},
    {0, "\x1a\x45\xdf\xa3", "a Matroska or WebM file"},
    {0, "#!AMR", "an AMR file"},
    {0, "caff", "a Core Audio file"},
    {0, "wvpk", "a WavPack file"},
    {0, "MAC ", "a Monkey's Audio file"},
    {0, "\x30\x26\xb2\x75", "a Windows Media file"},
    {0, ".snd", "an AU file"},
    {0, "FLV", "a Flash video"},
    {0, "FORM", "an IFF file without AIFF audio"},
    {0, "RIFF", "a RIFF file without WAVE audio"},
    {0, "lmgg", "a whisper.cpp model: model and audio may have been swapped"},
    {0, "GGUF", "a GGUF model: model and audio may have been swapped"},
};

bool is_text(Peek & peek) {
    const auto start = peek.at<256>(0);
    const auto end = start.begin() + std::ptrdiff_t(std::min<uint64_t>(start.size(), peek.size()));
    return std::all_of(start.begin(), end, [](uint8_t c) {
        const bool utf8 = c >= 0x80 && c < 0xf5;
        return utf8 || std::isprint(c) || c == '\n' || c == '\r' || c == '\t';
    });
}

std::string describe(Peek & peek) {
    for (const Signature & other : kOthers) {
        if (peek.has(other.offset, other.bytes)) {
            return other.name;
        }
    }
    const auto start = peek.at<2>(0);
    if (start[0] == 0xff && (start[1] & 0xf6) == 0xf0) {
        return "an AAC (ADTS) stream";
    }
    return is_text(peek) ? "text" : "no audio format that is known here";
}

}  // namespace

const char * format_name(AudioFormat format) {
    switch (format) {
        case AudioFormat::wav: return "wav";
        case AudioFormat::aiff: return "aiff";
        case AudioFormat::flac: return "flac";
        default: return "mp3";
    }
}

SniffedAudio sniff_audio(ByteSource & source) {
    Peek peek(source);
    if (peek.size() == 0) {
        refuse(source, "ERR_WHISPER_AUDIO_INVALID", "it is empty (0 bytes)");
    }
    if ((peek.has(0, "RIFF") || peek.has(0, "RIFX") || peek.has(0, "RF64")) &&
        (peek.has(8, "WAVE") || peek.size() < 12)) {
        return {AudioFormat::wav, 0};
    }
    if (peek.has(0, "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb")) {  // Sony Wave64
        return {AudioFormat::wav, 0};
    }
    if (peek.has(0, "FORM") && (peek.has(8, "AIFF") || peek.has(8, "AIFC"))) {
        return {AudioFormat::aiff, 0};
    }
    const uint64_t start = skip_tags(peek, source);
    if (peek.has(start, "fLaC")) {
        return {AudioFormat::flac, start};
    }
    const auto frames = find_frames(peek, start, start == 0 ? kSearchWithoutTag : kSearchAfterTag);
    if (!frames) {
        refuse(source, "ERR_WHISPER_AUDIO_UNSUPPORTED",
               "it is neither WAV, AIFF, FLAC nor MP3 but looks like " + describe(peek) +
                   "; convert it, for example with ffmpeg");
    }
    return {AudioFormat::mp3, *frames};
}

bool wav_codec_is_foreign(ByteSource & source, uint32_t & codec) {
    Peek peek(source);
    if (!peek.has(0, "RIFF")) {
        return false;
    }
    // PCM, MS ADPCM, float, A-law, mu-law, IMA ADPCM, "extensible": one of these again
    static constexpr uint32_t kKnown[] = {1, 2, 3, 6, 7, 0x11, 0xfffe};
    uint64_t offset = 12;
    for (int i = 0; i < 64 && offset + 8 <= peek.size(); ++i) {
        const auto chunk = peek.at<34>(offset);
        const auto u16 = [&](size_t at) { return uint32_t(chunk[at]) | uint32_t(chunk[at + 1]) << 8; };
        const uint64_t length = u16(4) | uint64_t(u16(6)) << 16;
        if (peek.has(offset, "fmt ")) {
            codec = u16(8) == 0xfffe && length >= 26 ? u16(32) : u16(8);
            return std::find(std::begin(kKnown), std::end(kKnown), codec) == std::end(kKnown);
        }
        offset += 8 + length + length % 2;
    }
    return false;
}

}  // namespace steady
