#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"
#include "ggml_types.h"

// A model file as bytes that tests take apart and change.
namespace steady::check {

using Bytes = std::vector<uint8_t>;

// Offsets in the micro models.
inline constexpr size_t kFilters = 48;
inline constexpr size_t kVocabCount = kFilters + 8 + 80 * 201 * 4;
inline constexpr size_t kWords = kVocabCount + 4;

// Numbers of the header, in units of 4 bytes.
enum Header {
    kVocab = 1,
    kAudioCtx,
    kAudioState,
    kAudioHead,
    kAudioLayer,
    kTextCtx,
    kTextState,
    kTextHead,
    kTextLayer,
    kMels,
    kFtype
};

inline void set_int(Bytes & bytes, size_t at, int64_t value) {
    for (size_t i = 0; i < 4; ++i) {
        bytes[at + i] = uint8_t(uint32_t(int32_t(value)) >> (8 * i));
    }
}

inline uint32_t get_int(const Bytes & bytes, size_t at) {
    return uint32_t(bytes[at]) | uint32_t(bytes[at + 1]) << 8 | uint32_t(bytes[at + 2]) << 16 |
           uint32_t(bytes[at + 3]) << 24;
}

inline const Bytes & micro() {
    static const Bytes bytes = read_file(source_path("models/micro/micro-q5_0.bin"));
    return bytes;
}

// Where the first tensor record starts.
inline size_t tensors_at(const Bytes & bytes) {
    size_t at = kWords;
    for (uint32_t i = 0, count = get_int(bytes, kVocabCount); i < count; ++i) {
        at += 4 + get_int(bytes, at);
    }
    return at;
}

struct Record {
    size_t at;
    size_t end;
    int32_t dims;
    std::string name;

    size_t name_at() const {
        return at + 12 + 4 * size_t(dims);
    }
    size_t data_at() const {
        return name_at() + name.size();
    }
};

inline std::vector<Record> records(const Bytes & bytes) {
    std::vector<Record> all;
    for (size_t at = tensors_at(bytes); at < bytes.size();) {
        Record record{at, 0, int32_t(get_int(bytes, at)), ""};
        uint64_t elements = 1;
        for (int32_t i = 0; i < record.dims; ++i) {
            elements *= get_int(bytes, at + 12 + 4 * size_t(i));
        }
        const size_t name_at = record.name_at();
        record.name.assign(bytes.begin() + long(name_at), bytes.begin() + long(name_at + get_int(bytes, at + 4)));
        const GgmlType & type = *find_ggml_type(int32_t(get_int(bytes, at + 8)));
        record.end = record.data_at() + size_t(elements / type.block_elements * type.block_bytes);
        at = record.end;
        all.push_back(record);
    }
    return all;
}

inline Record record_of(const Bytes & bytes, const std::string & name) {
    for (const Record & record : records(bytes)) {
        if (record.name == name) {
            return record;
        }
    }
    throw std::runtime_error("no tensor " + name);
}

}  // namespace steady::check
