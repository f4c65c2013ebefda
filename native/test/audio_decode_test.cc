#include "audio_decode.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "check.h"
#include "miniaudio_config.h"

namespace steady {
namespace {

using check::read_file;
using check::source_path;

using Bytes = std::vector<uint8_t>;

constexpr double kPi = 3.14159265358979323846;

std::string test_audio(const std::string & name) {
    return source_path("models/micro/test-audio/" + name);
}

std::string jfk_mp3() {
    return source_path("node_modules/nodejs-whisper/cpp/whisper.cpp/samples/jfk.mp3");
}

DecodedAudio decode(const Bytes & bytes, const DecodeLimits & limits = {}) {
    // An exact copy on the heap, so that an address sanitizer sees every read beyond the end.
    const std::unique_ptr<uint8_t[]> copy(new uint8_t[bytes.size() + 1]);
    std::copy(bytes.begin(), bytes.end(), copy.get());
    return decode_audio_bytes(copy.get(), bytes.size(), limits);
}

void append(Bytes & bytes, const char * text) {
    bytes.insert(bytes.end(), text, text + std::strlen(text));
}

void append_int(Bytes & bytes, uint64_t value, int size) {
    for (int i = 0; i < size; ++i) {
        bytes.push_back(uint8_t(value >> (8 * i)));
    }
}

struct WavFormat {
    uint32_t codec = 1;
    uint32_t channels = 1;
    uint32_t rate = 16000;
    uint32_t bits = 16;
};

Bytes wav(const WavFormat & format, const Bytes & data, uint32_t declared_size) {
    Bytes bytes;
    append(bytes, "RIFF");
    append_int(bytes, 36 + data.size(), 4);
    append(bytes, "WAVEfmt ");
    append_int(bytes, 16, 4);
    append_int(bytes, format.codec, 2);
    append_int(bytes, format.channels, 2);
    append_int(bytes, format.rate, 4);
    append_int(bytes, uint64_t(format.rate) * format.channels * format.bits / 8, 4);
    append_int(bytes, format.channels * format.bits / 8, 2);
    append_int(bytes, format.bits, 2);
    append(bytes, "data");
    append_int(bytes, declared_size, 4);
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
}

Bytes wav(const WavFormat & format, const Bytes & data) {
    return wav(format, data, uint32_t(data.size()));
}

// Mono at 16 kHz, 32000 bytes of samples.
Bytes aiff(uint32_t bits) {
    Bytes bytes;
    const auto big = [&](uint64_t value, int size) {
        for (int i = size - 1; i >= 0; --i) {
            bytes.push_back(uint8_t(value >> (8 * i)));
        }
    };
    append(bytes, "FORM");
    big(4 + 26 + 16 + 32000, 4);
    append(bytes, "AIFFCOMM");
    big(18, 4);
    big(1, 2);
    big(16000, 4);
    big(bits, 2);
    big(0x400cfa00, 4);  // 16000 as an 80 bit float
    big(0, 6);
    append(bytes, "SSND");
    big(8 + 32000, 4);
    big(0, 8);
    bytes.resize(bytes.size() + 32000, uint8_t(1));
    return bytes;
}

// A tone in every channel, as 16 bit samples.
std::vector<int16_t> tone(uint32_t rate, uint32_t channels, double seconds, double hz = 440) {
    std::vector<int16_t> samples;
    for (uint32_t i = 0; i < uint32_t(rate * seconds); ++i) {
        const double value = 12000 * std::sin(2 * kPi * hz * i / rate);
        samples.insert(samples.end(), channels, int16_t(std::lround(value)));
    }
    return samples;
}

Bytes bytes_of(const std::vector<int16_t> & samples) {
    Bytes bytes;
    for (const int16_t sample : samples) {
        append_int(bytes, uint16_t(sample), 2);
    }
    return bytes;
}

Bytes bytes_of(const std::vector<float> & samples) {
    Bytes bytes;
    for (const float sample : samples) {
        uint32_t bits;
        std::memcpy(&bits, &sample, 4);
        append_int(bytes, bits, 4);
    }
    return bytes;
}

bool near(double value, double expected, double relative = 0.01) {
    return std::fabs(value - expected) <= relative * expected;
}

double level(const std::vector<float> & samples) {
    double sum = 0;
    for (const float sample : samples) {
        sum += double(sample) * sample;
    }
    return std::sqrt(sum / double(std::max<size_t>(samples.size(), 1)));
}

// What whisper-cli would read: read_audio_data and read_audio_from_decoder in examples/common-whisper.cpp.
std::vector<float> decode_like_whisper_cli(const std::string & path) {
    ma_decoder decoder;
    const ma_decoder_config config = ma_decoder_config_init(ma_format_f32, 1, 16000);
    if (ma_decoder_init_file(path.c_str(), &config, &decoder) != MA_SUCCESS) {
        throw std::runtime_error("miniaudio can't open " + path);
    }
    ma_uint64 frames = 0;
    ma_uint64 read = 0;
    ma_decoder_get_length_in_pcm_frames(&decoder, &frames);
    std::vector<float> samples(size_t(frames), 0.0f);
    ma_decoder_read_pcm_frames(&decoder, samples.data(), frames, &read);
    ma_decoder_uninit(&decoder);
    return samples;
}

struct Random {
    uint64_t state;
    uint32_t next() {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return uint32_t(state >> 33);
    }
};

}  // namespace

TEST("audio: every test file decodes to whisper-cli's samples") {
    size_t count = 0;
    for (const auto & entry : std::filesystem::directory_iterator(test_audio(""))) {
        const std::string extension = entry.path().extension().string();
        if (extension != ".wav" && extension != ".flac") {
            continue;
        }
        const std::string path = entry.path().string();
        const DecodedAudio audio = decode_audio_file(path, {});
        CHECK_EQ(audio.container, extension.substr(1));
        CHECK_EQ(audio.duration_s, double(audio.samples.size()) / 16000);
        if (!(audio.samples == decode_like_whisper_cli(path))) {
            check::report(__FILE__, __LINE__, path + ": samples differ from whisper-cli's");
        }
        CHECK(audio.samples == decode(read_file(path)).samples);
        ++count;
    }
    CHECK(count >= 30);
}

TEST("audio: formats of the same recording") {
    const double seconds = 9.475;
    const struct {
        const char * file;
        uint32_t rate, channels;
    } files[] = {
        {"en-digits.wav", 16000, 1},
        {"en-digits.flac", 16000, 1},
        {"en-digits-24bit.wav", 16000, 1},
        {"en-digits-44k-stereo.wav", 44100, 2},
        {"en-digits-48k-float32.wav", 48000, 1},
        {"en-digits-8k.wav", 8000, 1},
    };
    const double loud = level(decode_audio_file(test_audio("en-digits.wav"), {}).samples);
    for (const auto & file : files) {
        const DecodedAudio audio = decode_audio_file(test_audio(file.file), {});
        CHECK_EQ(audio.source_sample_rate, file.rate);
        CHECK_EQ(audio.source_channels, file.channels);
        CHECK(near(audio.duration_s, seconds));
        CHECK(near(level(audio.samples), loud, 0.2));
    }
}

TEST("audio: mp3") {
    const DecodedAudio audio = decode_audio_file(jfk_mp3(), {});
    CHECK_EQ(audio.container, "mp3");
    CHECK(near(audio.duration_s, 11.0));
    CHECK(level(audio.samples) > 0.02);
    CHECK(audio.samples == decode_like_whisper_cli(jfk_mp3()));
}

TEST("audio: mp3 behind tags, padding and half a frame") {
    const Bytes plain = read_file(jfk_mp3());
    size_t start = 0;
    if (std::memcmp(plain.data(), "ID3", 3) == 0) {
        start = 10 + (size_t(plain[6]) << 21 | size_t(plain[7]) << 14 | size_t(plain[8]) << 7 | plain[9]);
    }
    const Bytes frames(plain.begin() + long(start), plain.end());
    const DecodedAudio expected = decode(frames);
    CHECK_EQ(expected.container, "mp3");
    CHECK(near(expected.duration_s, 11.0));

    Bytes tagged = {'I', 'D', '3', 4, 0, 0, 0, 0, 2, 0};
    tagged.resize(10 + 256);
    tagged.insert(tagged.end(), frames.begin(), frames.end());
    CHECK(decode(tagged).samples == expected.samples);
    tagged.insert(tagged.begin() + 266, 5000, uint8_t(0));
    CHECK(decode(tagged).samples == expected.samples);

    Bytes ending = frames;
    append(ending, "TAG");
    ending.resize(frames.size() + 128);
    CHECK(near(decode(ending).duration_s, 11.0));  // whisper-cli's decoder too loses the last frame before such a tag

    const Bytes cut(frames.begin() + 700, frames.end());
    CHECK(near(decode(cut).duration_s, 11.0));
}

TEST("audio: flac behind a tag") {
    const Bytes flac = read_file(test_audio("en-digits.flac"));
    Bytes tagged = {'I', 'D', '3', 3, 0, 0, 0, 0, 1, 2};
    tagged.resize(10 + 130);
    tagged.insert(tagged.end(), flac.begin(), flac.end());
    const DecodedAudio audio = decode(tagged);
    CHECK_EQ(audio.container, "flac");
    CHECK(audio.samples == decode(flac).samples);
}

TEST("audio: what is not audio, or not ours, is unsupported") {
    CHECK_THROWS_CODE_WITH(decode_audio_file(test_audio("en-digits.ogg"), {}), "ERR_WHISPER_AUDIO_UNSUPPORTED", "Ogg");
    CHECK_THROWS_CODE_WITH(decode_audio_file(test_audio("refs.json"), {}), "ERR_WHISPER_AUDIO_UNSUPPORTED", "text");
    CHECK_THROWS_CODE_WITH(decode_audio_file(source_path("models/micro/micro-q5_0.bin"), {}),
                           "ERR_WHISPER_AUDIO_UNSUPPORTED", "model");
    const std::pair<std::string, const char *> files[] = {
        {std::string("\0\0\0\x20"
                     "ftypM4A ",
                     12),
         "MP4"},
        {std::string("RIFF\x10\0\0\0AVI LIST", 16), "RIFF file without WAVE"},
        {std::string("FORM\0\0\0\x10"
                     "ILBM",
                     12),
         "IFF"},
        {std::string("\x1a\x45\xdf\xa3", 4), "Matroska"},
        {std::string("\xff\xf1\x50\x80\x01\x7f\xfc", 7), "AAC"},
        {"hello", "text"},
        {"x", "text"},
        {std::string(100000, '\xff'), "no audio format"},
        {std::string(100000, '\0'), "no audio format"},
    };
    for (const auto & file : files) {
        CHECK_THROWS_CODE_WITH(decode(Bytes(file.first.begin(), file.first.end())), "ERR_WHISPER_AUDIO_UNSUPPORTED",
                               file.second);
    }
    CHECK_THROWS_CODE_WITH(decode({}), "ERR_WHISPER_AUDIO_INVALID", "empty");
    CHECK_THROWS_CODE(decode_audio_bytes(nullptr, 0, {}), "ERR_WHISPER_AUDIO_INVALID");
}

TEST("audio: random bytes are never taken for mp3") {
    Random random{1};
    for (int round = 0; round < 300; ++round) {
        Bytes bytes(round < 290 ? random.next() % 20000 + 1 : 1000000);
        for (uint8_t & byte : bytes) {
            byte = uint8_t(random.next());
        }
        if (round % 3 == 1) {  // a believable header alone
            bytes.insert(bytes.begin(), {0xff, 0xfb, 0x90, 0x64});
        } else if (round % 3 == 2) {  // many of them, at wrong distances
            for (size_t i = 0; i + 4 < bytes.size(); i += 50 + random.next() % 100) {
                const uint8_t header[] = {0xff, 0xfb, 0x90, 0x64};
                std::copy(header, header + 4, bytes.begin() + long(i));
            }
        }
        try {
            decode(bytes);
            check::report(__FILE__, __LINE__, "round " + std::to_string(round) + " decoded");
        } catch (const CodedError & error) {
            // Headers in many places may be at the right distance once: recognised, but not decoded.
            CHECK(error.code() == "ERR_WHISPER_AUDIO_UNSUPPORTED" ||
                  (round % 3 == 2 && error.code() == "ERR_WHISPER_AUDIO_INVALID"));
        }
    }
}

TEST("audio: wav of many formats") {
    for (const uint32_t rate : {8000u, 11025u, 16000u, 22050u, 44100u, 48000u, 96000u, 192000u}) {
        for (const uint32_t channels : {1u, 2u, 3u, 6u, 8u}) {
            const DecodedAudio audio = decode(wav({1, channels, rate, 16}, bytes_of(tone(rate, channels, 1.5))));
            CHECK_EQ(audio.source_sample_rate, rate);
            CHECK_EQ(audio.source_channels, channels);
            CHECK(near(audio.duration_s, 1.5));
            CHECK(near(level(audio.samples), 12000.0 / 32768 / std::sqrt(2.0), 0.05));
        }
    }
    for (const uint32_t bits : {8u, 16u, 24u, 32u}) {
        const DecodedAudio audio = decode(wav({1, 1, 16000, bits}, Bytes(bits / 8 * 16000, uint8_t(0x80))));
        CHECK_EQ(audio.samples.size(), 16000u);
    }
    for (const uint32_t codec : {6u, 7u}) {  // A-law, mu-law
        CHECK_EQ(decode(wav({codec, 1, 8000, 8}, Bytes(8000, uint8_t(0x55)))).samples.size(), 16000u);
    }
}

TEST("audio: aiff") {
    const DecodedAudio audio = decode(aiff(16));
    CHECK_EQ(audio.container, "aiff");
    CHECK_EQ(audio.samples.size(), 16000u);
    CHECK_EQ(audio.samples[0], 257.0f / 32768);
}

TEST("audio: sample sizes that nobody uses decode or are refused") {
    for (uint32_t bits = 0; bits <= 72; ++bits) {
        for (const Bytes & bytes :
             {aiff(bits), wav({1, 1, 16000, bits}, Bytes(32000)), wav({3, 2, 16000, bits}, Bytes(32000))}) {
            try {
                CHECK(!decode(bytes).samples.empty());
            } catch (const CodedError & error) {
                CHECK_EQ(error.code(), "ERR_WHISPER_AUDIO_INVALID");
            }
        }
    }
}

TEST("audio: broken wav headers") {
    const Bytes second = bytes_of(tone(16000, 1, 1));
    CHECK_THROWS_CODE(decode(wav({1, 0, 16000, 16}, second)), "ERR_WHISPER_AUDIO_INVALID");
    CHECK_THROWS_CODE(decode(wav({1, 1, 0, 16}, second)), "ERR_WHISPER_AUDIO_INVALID");
    CHECK_THROWS_CODE(decode(wav({1, 1, 16000, 0}, second)), "ERR_WHISPER_AUDIO_INVALID");
    CHECK_THROWS_CODE(decode(wav({1, 65535, 16000, 16}, second)), "ERR_WHISPER_AUDIO_INVALID");
    CHECK_THROWS_CODE(decode(wav({1, 1, 4294967295u, 16}, second)), "ERR_WHISPER_AUDIO_INVALID");
    CHECK_THROWS_CODE_WITH(decode(wav({1, 1, 1, 16}, second)), "ERR_WHISPER_AUDIO_INVALID", "1 Hz");
    CHECK_THROWS_CODE_WITH(decode(wav({1, 1, 999, 16}, second)), "ERR_WHISPER_AUDIO_INVALID", "999 Hz");
    CHECK_THROWS_CODE_WITH(decode(wav({1, 1, 16000, 16}, {})), "ERR_WHISPER_AUDIO_INVALID", "no samples");
    CHECK_THROWS_CODE_WITH(decode(wav({1, 1, 16000, 16}, {1})), "ERR_WHISPER_AUDIO_INVALID", "no samples");
    CHECK_THROWS_CODE_WITH(decode(wav({0x55, 1, 16000, 0}, second)), "ERR_WHISPER_AUDIO_UNSUPPORTED", "codec 85");
    CHECK_THROWS_CODE_WITH(decode(wav({0x31, 1, 16000, 16}, second)), "ERR_WHISPER_AUDIO_UNSUPPORTED", "codec 49");
}

// The decoder steps back by what the inner length is more than the outer one, whatever that is.
TEST("audio: a format chunk of a negative size is not read for ever") {
    Bytes riff;
    append(riff, "RIFF");
    append_int(riff, 100, 4);
    append(riff, "WAVEfmt ");
    append_int(riff, uint64_t(-8), 4);
    append_int(riff, 1, 2);  // PCM
    riff.resize(100);
    CHECK_THROWS_CODE(decode(riff), "ERR_WHISPER_AUDIO_INVALID");

    Bytes wave64 = {'r',  'i',  'f',  'f',  0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 4,    0xc1,
                    0,    0,    160,  0,    0,    0,    0,    0,    0,    0,    'w',  'a',  'v',  'e',
                    0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0,    0xc0, 0x4f, 0x8e, 0xdb, 0x8a, 'f',  'm',
                    't',  ' ',  0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0,    0xc0, 0x4f, 0x8e, 0xdb, 0x8a};
    wave64.resize(160);
    CHECK_THROWS_CODE(decode(wave64), "ERR_WHISPER_AUDIO_INVALID");
}

TEST("audio: an inner length of the format chunk beyond the outer one is taken back") {
    Bytes bytes = wav({}, Bytes(640), 640);
    const Bytes extension = {22, 0};
    bytes[16] = 18;
    bytes.insert(bytes.begin() + 36, extension.begin(), extension.end());
    CHECK_EQ(decode(bytes).samples.size(), 320u);
}

TEST("audio: a lying data size decodes what is there, without memory for the rest") {
    const std::vector<int16_t> samples = tone(16000, 1, 1);
    for (const uint32_t declared : {0xffffffffu, 0xfffffffeu, 0x7fffffffu, 0x80000000u, 40000u}) {
        const DecodedAudio audio = decode(wav({}, bytes_of(samples), declared));
        CHECK_EQ(audio.samples.size(), samples.size());
        CHECK(audio.samples.capacity() < 10 * samples.size());
    }
    CHECK_EQ(decode(wav({}, bytes_of(samples), 16000)).samples.size(), 8000u);
    CHECK_THROWS_CODE(decode(wav({}, bytes_of(samples), 0)), "ERR_WHISPER_AUDIO_INVALID");
}

TEST("audio: truncated files decode what is there, or are refused") {
    for (const std::string & path : {test_audio("en-digits.wav"), test_audio("en-digits.flac"), jfk_mp3(),
                                     test_audio("en-digits-48k-float32.wav")}) {
        const Bytes whole = read_file(path);
        const DecodedAudio full = decode(whole);
        std::vector<size_t> lengths;
        for (size_t i = 1; i < 64; ++i) {
            lengths.push_back(i);
        }
        for (size_t i = 1; i < 24; ++i) {
            lengths.push_back(whole.size() * i / 24 + i);
        }
        lengths.push_back(whole.size() - 1);
        size_t decoded = 0;
        for (const size_t length : lengths) {
            try {
                const DecodedAudio audio = decode(Bytes(whole.begin(), whole.begin() + long(length)));
                CHECK(!audio.samples.empty());
                CHECK(audio.samples.size() <= full.samples.size());
                const double part = full.duration_s * double(length) / double(whole.size());
                if (full.container == "wav") {
                    CHECK(std::fabs(audio.duration_s - part) < 0.01);
                } else {  // whole frames, and silence takes fewer bytes
                    CHECK(audio.duration_s > 0.75 * part - 1);
                }
                ++decoded;
            } catch (const CodedError & error) {
                CHECK(error.code() == "ERR_WHISPER_AUDIO_INVALID" || error.code() == "ERR_WHISPER_AUDIO_UNSUPPORTED");
                CHECK(length < 2000);
            }
        }
        CHECK(decoded >= 23);
    }
}

TEST("audio: bit errors anywhere decode or are refused") {
    for (const std::string & path : {test_audio("en-digits.flac"), jfk_mp3(), test_audio("en-00.wav")}) {
        Bytes bytes = read_file(path);
        bytes.resize(std::min<size_t>(bytes.size(), 60000));
        Random random{7};
        for (int round = 0; round < 40; ++round) {
            Bytes broken = bytes;
            const size_t reach = round % 2 == 0 ? 100 : broken.size();
            for (int i = 0; i < 5; ++i) {
                broken[random.next() % reach] ^= uint8_t(1u << random.next() % 8);
            }
            try {
                CHECK(!decode(broken, {600, nullptr}).samples.empty());
            } catch (const CodedError & error) {
                CHECK(error.code().find("ERR_WHISPER_AUDIO_") == 0);
            }
        }
    }
}

TEST("audio: the duration limit") {
    DecodeLimits limits;
    limits.max_duration_s = 9;
    for (const std::string & path : {test_audio("en-digits.wav"), test_audio("en-digits.flac"), jfk_mp3()}) {
        CHECK_THROWS_CODE_WITH(decode_audio_file(path, limits), "ERR_WHISPER_AUDIO_TOO_LONG", "limit of 9");
    }
    const std::vector<float> pcm(16000 * 10);
    CHECK_THROWS_CODE(resample_f32(pcm.data(), pcm.size(), 1, 16000, limits), "ERR_WHISPER_AUDIO_TOO_LONG");
    CHECK_THROWS_CODE(resample_f32(pcm.data(), pcm.size() / 2, 1, 8000, limits), "ERR_WHISPER_AUDIO_TOO_LONG");
    CHECK_EQ(resample_f32(pcm.data(), pcm.size() / 2, 2, 16000, limits).size(), pcm.size() / 2);
    limits.max_duration_s = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_CODE(decode_audio_file(test_audio("en-00.wav"), limits), "ERR_WHISPER_AUDIO_TOO_LONG");
    limits.max_duration_s = std::numeric_limits<double>::infinity();
    CHECK(decode_audio_file(test_audio("en-00.wav"), limits).duration_s > 1);
}

TEST("audio: cancelling") {
    std::atomic<bool> cancel{true};
    DecodeLimits limits;
    limits.cancel = &cancel;
    CHECK_THROWS_CODE(decode_audio_file(test_audio("en-00.wav"), limits), "ERR_WHISPER_ABORTED");
    const std::vector<float> pcm(48000);
    CHECK_THROWS_CODE(resample_f32(pcm.data(), pcm.size(), 1, 48000, limits), "ERR_WHISPER_ABORTED");
    cancel = false;
    CHECK(decode_audio_file(test_audio("en-00.wav"), limits).duration_s > 1);
}

TEST("audio: cancelling from another thread ends a long decode") {
    std::atomic<bool> cancel{false};
    const Bytes bytes = wav({1, 1, 1000, 8}, Bytes(20000000, uint8_t(0x80)));  // 20000 s
    std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        cancel = true;
    });
    DecodeLimits limits;
    limits.cancel = &cancel;
    CHECK_THROWS_CODE(decode(bytes, limits), "ERR_WHISPER_ABORTED");
    canceller.join();
}

TEST("audio: nan and infinity in float files are left to the caller") {
    std::vector<float> samples(1600, 0.25f);
    samples[100] = std::numeric_limits<float>::quiet_NaN();
    samples[200] = std::numeric_limits<float>::infinity();
    const DecodedAudio audio = decode(wav({3, 1, 16000, 32}, bytes_of(samples)));
    CHECK_EQ(audio.samples.size(), samples.size());
    CHECK(std::isnan(audio.samples[100]));
    CHECK(std::isinf(audio.samples[200]));
    CHECK_EQ(audio.samples[300], 0.25f);
}

TEST("audio: files that cannot be opened") {
    const std::filesystem::path folder = std::filesystem::temp_directory_path();
    CHECK_THROWS_CODE_WITH(decode_audio_file((folder / "no-such.wav").string(), {}), "ERR_WHISPER_AUDIO_NOT_FOUND",
                           "no-such.wav");
    CHECK_THROWS_CODE_WITH(decode_audio_file(folder.string(), {}), "ERR_WHISPER_AUDIO_NOT_FOUND", "folder");
    CHECK_THROWS_CODE(decode_audio_file("", {}), "ERR_WHISPER_AUDIO_NOT_FOUND");
    CHECK_THROWS_CODE(decode_audio_file(std::string("a\0.wav", 6), {}), "ERR_WHISPER_AUDIO_NOT_FOUND");
#ifndef _WIN32
    const std::string pipe = (folder / ("steady-audio-pipe-" + std::to_string(::getpid()))).string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_CODE_WITH(decode_audio_file(pipe, {}), "ERR_WHISPER_AUDIO_READ", "pipe");
    ::unlink(pipe.c_str());
    CHECK_THROWS_CODE(decode_audio_file("/dev/zero", {}), "ERR_WHISPER_AUDIO_READ");
#endif
}

TEST("audio: a name beyond ASCII") {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / std::filesystem::u8path(u8"steady-\u00fcbung-\u97f3.wav");
    {
        const Bytes bytes = wav({}, bytes_of(tone(16000, 1, 0.5)));
        std::ofstream out(path, std::ios::binary);
        out.write(reinterpret_cast<const char *>(bytes.data()), long(bytes.size()));
    }
    CHECK_EQ(decode_audio_file(path.u8string(), {}).duration_s, 0.5);
    std::filesystem::remove(path);
}

TEST("audio: pcm conversion gives the samples that the same pcm in a file gives") {
    for (const uint32_t rate : {8000u, 16000u, 44100u, 48000u}) {
        for (const uint32_t channels : {1u, 2u, 5u}) {
            const std::vector<int16_t> s16 = tone(rate, channels, 0.7);
            const size_t frames = s16.size() / channels;
            const std::vector<float> from_file = decode(wav({1, channels, rate, 16}, bytes_of(s16))).samples;
            CHECK(resample_s16(s16.data(), frames, channels, rate, {}) == from_file);
            std::vector<float> f32;
            for (const int16_t sample : s16) {
                f32.push_back(float(sample) / 32768);
            }
            CHECK(resample_f32(f32.data(), frames, channels, rate, {}) == from_file);
        }
    }
}

TEST("audio: pcm conversion keeps duration, level and content") {
    for (const uint32_t rate : {1000u, 8000u, 11025u, 22050u, 32000u, 44100u, 48000u, 96000u, 384000u, 768000u}) {
        const std::vector<int16_t> samples = tone(rate, 2, 1, 100);
        const std::vector<float> out = resample_s16(samples.data(), rate, 2, rate, {});
        CHECK(near(double(out.size()), 16000, 0.001));
        CHECK(near(level(out), 12000.0 / 32768 / std::sqrt(2.0), 0.05));
    }
    // Channels are averaged.
    const float stereo[] = {1.0f, 0.0f, 0.5f, -0.5f, -1.0f, -1.0f};
    const std::vector<float> mono = resample_f32(stereo, 3, 2, 16000, {});
    REQUIRE(mono.size() == 3);
    CHECK_EQ(mono[0], 0.5f);
    CHECK_EQ(mono[1], 0.0f);
    CHECK_EQ(mono[2], -1.0f);
    std::vector<float> many(32 * 4, 0.5f);
    CHECK_EQ(resample_f32(many.data(), 4, 32, 16000, {}), std::vector<float>(4, 0.5f));
}

TEST("audio: mono 16 kHz passes unchanged") {
    const std::vector<float> samples = {0.1f, -2.0f, std::numeric_limits<float>::infinity()};
    CHECK(resample_f32(samples.data(), samples.size(), 1, 16000, {}) == samples);
    CHECK(resample_f32(samples.data(), 0, 1, 16000, {}).empty());
    CHECK(resample_f32(nullptr, 0, 2, 48000, {}).empty());
    const int16_t s16[] = {-32768, 0, 16384};
    const std::vector<float> expected = {-1.0f, 0.0f, 0.5f};
    CHECK(resample_s16(s16, 3, 1, 16000, {}) == expected);
}

TEST("audio: wrong pcm arguments") {
    const float sample = 0;
    const int16_t s16 = 0;
    for (const uint32_t channels : {0u, 33u, 4294967295u}) {
        CHECK_THROWS_CODE_WITH(resample_f32(&sample, 0, channels, 16000, {}), "ERR_WHISPER_INVALID_ARG", "channels");
        CHECK_THROWS_CODE_WITH(resample_s16(&s16, 0, channels, 8000, {}), "ERR_WHISPER_INVALID_ARG", "channels");
    }
    for (const uint32_t rate : {0u, 999u, 768001u, 4294967295u}) {
        CHECK_THROWS_CODE_WITH(resample_f32(&sample, 0, 1, rate, {}), "ERR_WHISPER_INVALID_ARG", "sampleRate");
        CHECK_THROWS_CODE_WITH(resample_s16(&s16, 0, 1, rate, {}), "ERR_WHISPER_INVALID_ARG", "sampleRate");
    }
    CHECK_THROWS_CODE(resample_f32(nullptr, 10, 1, 16000, {}), "ERR_WHISPER_INVALID_ARG");
    CHECK_THROWS_CODE(resample_s16(nullptr, 10, 1, 16000, {}), "ERR_WHISPER_INVALID_ARG");
}

TEST("audio: one frame of any rate") {
    for (const uint32_t rate : {1000u, 8000u, 16000u, 44100u, 48000u, 768000u}) {
        const int16_t samples[2] = {1000, 1000};
        CHECK(resample_s16(samples, 1, 2, rate, {}).size() <= 16);
    }
}

}  // namespace steady
