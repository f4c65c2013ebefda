// libFuzzer: any bytes as a model file, and a whole model with some of its parts changed. Refused, or accepted: then
// the loader's reads must give back exactly these bytes.
//
// The first byte of the input says which. Even: the rest is the file. Odd: the rest is a list of changes to a model of
// the micro model's dimensions, whose tensors are zeros that take no memory.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coded_error.h"
#include "ggml_types.h"
#include "model_file.h"
#include "model_tensors.h"

namespace {

using Bytes = std::vector<uint8_t>;

// A part of the file: what a change applies to. `zeros` bytes follow `bytes`.
struct Part {
    Bytes bytes;
    uint64_t zeros = 0;
};
using Parts = std::vector<Part>;

class PartsSource : public steady::ByteSource {
public:
    explicit PartsSource(const Parts & parts) : parts_(parts) {
        for (const Part & part : parts_) {
            size_ += part.bytes.size() + part.zeros;
        }
    }

    uint64_t size() const override {
        return size_;
    }

    bool read_at(uint64_t offset, void * out, size_t length) override {
        if (offset > size_ || length > size_ - offset) {
            return false;
        }
        std::memset(out, 0, length);
        uint64_t start = 0;  // of the part
        for (const Part & part : parts_) {
            const uint64_t from = std::max(offset, start);
            const uint64_t to = std::min(offset + length, start + part.bytes.size());
            if (from < to) {
                std::memcpy(static_cast<uint8_t *>(out) + (from - offset), part.bytes.data() + (from - start),
                            size_t(to - from));
            }
            start += part.bytes.size() + part.zeros;
        }
        return true;
    }

    const std::string & name() const override {
        static const std::string name = "<buffer>";
        return name;
    }

private:
    const Parts & parts_;
    uint64_t size_ = 0;
};

void put_int(Bytes & bytes, uint32_t value) {
    for (int i = 0; i < 4; ++i) {
        bytes.push_back(uint8_t(value >> (8 * i)));
    }
}

Part tensor_part(const std::string & name, const steady::ExpectedTensor & tensor) {
    uint32_t dimensions = 3;
    while (dimensions > 1 && tensor.shape[dimensions - 1] == 1) {
        --dimensions;
    }
    Part part;
    put_int(part.bytes, dimensions);
    put_int(part.bytes, uint32_t(name.size()));
    put_int(part.bytes, uint32_t(tensor.type));
    for (uint32_t i = 0; i < dimensions; ++i) {
        put_int(part.bytes, uint32_t(tensor.shape[i]));
    }
    part.bytes.insert(part.bytes.end(), name.begin(), name.end());
    part.zeros = steady::tensor_bytes(tensor);
    return part;
}

Parts whole_model() {
    constexpr int32_t kQ5 = 2008;  // q5_0, block version 2
    steady::ModelFacts facts;
    facts.n_vocab = 51865;
    facts.n_audio_ctx = 1500;
    facts.n_audio_state = facts.n_text_state = 64;
    facts.n_audio_head = facts.n_text_head = 2;
    facts.n_audio_layer = 4;
    facts.n_text_ctx = 448;
    facts.n_text_layer = 2;
    facts.n_mels = 80;

    Part header;
    for (const int32_t value :
         {0x67676d6c, facts.n_vocab, facts.n_audio_ctx, facts.n_audio_state, facts.n_audio_head, facts.n_audio_layer,
          facts.n_text_ctx, facts.n_text_state, facts.n_text_head, facts.n_text_layer, facts.n_mels, kQ5}) {
        put_int(header.bytes, uint32_t(value));
    }
    Part filters;
    put_int(filters.bytes, uint32_t(facts.n_mels));
    put_int(filters.bytes, 201);
    filters.zeros = uint64_t(facts.n_mels) * 201 * 4;
    Part words;
    put_int(words.bytes, 256);
    for (uint32_t i = 0; i < 256; ++i) {
        put_int(words.bytes, 1);
        words.bytes.push_back(uint8_t(i));
    }

    Parts parts = {header, filters, words};
    for (const auto & entry : steady::expected_tensors(facts, steady::find_ggml_ftype(kQ5 % 1000)->weight_type)) {
        parts.push_back(tensor_part(entry.first, entry.second));
    }
    return parts;
}

// One change is 8 bytes: what, which part, a place in it, a number.
void change(Parts & parts, const uint8_t * data) {
    const size_t index = data[1] % parts.size();
    Part & part = parts[index];
    const size_t place = size_t(data[2]) | size_t(data[3]) << 8;
    const uint32_t number =
        uint32_t(data[4]) | uint32_t(data[5]) << 8 | uint32_t(data[6]) << 16 | uint32_t(data[7]) << 24;
    switch (data[0] % 8) {
        case 0: {  // a number of the format, which are at multiples of 4 there
            const size_t at = place * 4 % (part.bytes.size() + 1);
            for (size_t i = 0; i < 4 && at + i < part.bytes.size(); ++i) {
                part.bytes[at + i] = data[4 + i];
            }
            break;
        }
        case 1:
            if (!part.bytes.empty()) {
                part.bytes[place % part.bytes.size()] = data[4];
            }
            break;
        case 2: part.bytes.resize(std::min<size_t>(place, 4096), data[4]); break;
        case 3: part.zeros = number % (1 << 23); break;
        case 4: parts.insert(parts.begin() + long(place % (parts.size() + 1)), Part(part)); break;
        case 5: std::swap(part, parts[place % parts.size()]); break;
        case 6: parts.resize(index + 1); break;
        default: part.zeros += number % 7; break;
    }
}

Parts parts_of(const uint8_t * data, size_t size) {
    if (size == 0 || data[0] % 2 == 0) {
        return {Part{size == 0 ? Bytes() : Bytes(data + 1, data + size), 0}};
    }
    static const Parts model = whole_model();
    Parts parts = model;
    for (size_t at = 1; at + 8 <= size && parts.size() < 256; at += 8) {
        change(parts, data + at);
    }
    return parts;
}

// Fails unless the model reads as its source does, whatever the size of the reads.
void compare(steady::ValidatedModel & model, steady::ByteSource & source) {
    Bytes got;
    Bytes expected;
    uint64_t at = 0;
    for (size_t length = 1; at < source.size(); length = length < 65536 ? length * 3 : length) {
        const size_t count = size_t(std::min<uint64_t>(length, source.size() - at));
        got.assign(count, 0xcc);
        expected.assign(count, 0xdd);
        if (model.read(got.data(), count) != count || !source.read_at(at, expected.data(), count) || got != expected) {
            std::abort();
        }
        at += count;
    }
    uint8_t beyond = 0xcc;
    if (model.eof() || model.read(&beyond, 1) != 0 || beyond != 0 || !model.eof() || model.failed()) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const Parts parts = parts_of(data, size);
    const bool allow_weightless = size > 0 && data[0] & 2;
    try {
        const auto model = steady::ValidatedModel::walk(std::make_unique<PartsSource>(parts), allow_weightless);
        PartsSource source(parts);
        compare(*model, source);
    } catch (const steady::CodedError &) {}
    return 0;
}
