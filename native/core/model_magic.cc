#include "model_magic.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>

namespace steady {
namespace {

struct Signature {
    const char * bytes;
    const char * meaning;
};

constexpr Signature kSignatures[] = {
    {"GGUF", "it is a GGUF file, which whisper.cpp does not read; use a ggml-*.bin whisper model"},
    {"FUGG", "it is a GGUF file, which whisper.cpp does not read; use a ggml-*.bin whisper model"},
    {"ggml", "its bytes are in the order of a big-endian machine; convert the model on a little-endian one"},
    {"tjgg", "it is a model of an old llama.cpp; use a ggml-*.bin whisper model"},
    {"algg", "it is a model of an old llama.cpp; use a ggml-*.bin whisper model"},
    {"fmgg", "it is a model of an old llama.cpp; use a ggml-*.bin whisper model"},
    {"version https://git-lfs", "it is a Git LFS pointer, not the model itself; run 'git lfs pull' or download it"},
    {"PK\x03\x04",
     "it is a zip archive or a PyTorch checkpoint; unpack it, or convert it with whisper.cpp's "
     "models/convert-pt-to-ggml.py"},
    {"\x1f\x8b", "it is a gzip archive; unpack it"},
    {"\x28\xb5\x2f\xfd", "it is a zstd archive; unpack it"},
    {"RIFF", "it is an audio file; model and audio may have been swapped"},
    {"fLaC", "it is an audio file; model and audio may have been swapped"},
    {"ID3", "it is an audio file; model and audio may have been swapped"},
    {"OggS", "it is an audio file; model and audio may have been swapped"},
};

bool starts_with(const std::string & text, const char * prefix) {
    return text.compare(0, std::strlen(prefix), prefix) == 0;
}

bool is_html(const std::string & start) {
    std::string lower;
    for (const char c : start) {
        lower += char(std::tolower(uint8_t(c)));
    }
    const size_t first = lower.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (first == std::string::npos) {
        return false;
    }
    const std::string text = lower.substr(first);
    return starts_with(text, "<!doctype") || starts_with(text, "<html") || starts_with(text, "<?xml");
}

bool is_text(const std::string & start) {
    return std::all_of(start.begin(), start.end(), [](char c) {
        const bool utf8 = uint8_t(c) >= 0x80 && uint8_t(c) < 0xf5;
        return utf8 || std::isprint(uint8_t(c)) || c == '\n' || c == '\r' || c == '\t';
    });
}

}  // namespace

std::string describe_foreign_file(const uint8_t * start, size_t length) {
    if (length == 0) {
        return "the file is empty (0 bytes); copy or download it again";
    }
    const std::string text(reinterpret_cast<const char *>(start), length);
    for (const Signature & signature : kSignatures) {
        if (starts_with(text, signature.bytes)) {
            return signature.meaning;
        }
    }
    if (is_html(text)) {
        return "it is a web page, probably an error message that was saved under the model's name; download it again";
    }
    // safetensors: the length of a JSON header in 8 bytes, then the header
    if (length > 9 && text[8] == '{' && text.find("\x00\x00{", 6, 3) == 6) {
        return "it is a safetensors file; convert it with whisper.cpp's models/convert-h5-to-ggml.py";
    }
    std::string message =
        "the magic number at byte 0 is '" + printable(text.substr(0, 4)) + "', expected 'lmgg' (0x67676d6c); ";
    return message + (is_text(text) ? "it is a text file" : "it is no whisper.cpp model");
}

std::string describe_other_ggml_file(const uint8_t * start, size_t length) {
    // whisper.cpp's voice activity models (convert-silero-vad-to-ggml.py): a name where whisper models have n_vocab
    if (length >= 14 && std::memcmp(start + 8, "silero", 6) == 0) {
        return "it is a voice activity detection model (silero), not a whisper model";
    }
    return "";
}

std::string printable(const std::string & text) {
    constexpr size_t kLongest = 64;
    std::string out;
    for (const char c : text.substr(0, kLongest)) {
        if (uint8_t(c) >= 0x20 && uint8_t(c) < 0x7f) {
            out += c;
        } else {
            char escaped[5];
            std::snprintf(escaped, sizeof(escaped), "\\x%02x", unsigned(uint8_t(c)));
            out += escaped;
        }
    }
    return text.size() > kLongest ? out + "..." : out;
}

}  // namespace steady
