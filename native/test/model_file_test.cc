#include "model_bytes.h"
#include "model_file.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "check.h"
#include "ggml_types.h"
#include "model_tensors.h"

namespace steady {
namespace {

using namespace check;  // model_bytes.h

std::unique_ptr<ValidatedModel> walk(Bytes bytes, bool allow_weightless = false) {
    return ValidatedModel::walk(model_from_bytes(std::move(bytes)), allow_weightless);
}

void check_refused(const Bytes & bytes, const std::string & part) {
    CHECK_THROWS_CODE_WITH(walk(bytes), "ERR_WHISPER_MODEL_INVALID", part);
    CHECK_THROWS_CODE_WITH(walk(bytes, true), "ERR_WHISPER_MODEL_INVALID", part);
}

void check_int_refused(size_t at, int64_t value, const std::string & part) {
    Bytes bytes = micro();
    set_int(bytes, at, value);
    check_refused(bytes, part);
}

void check_header_refused(Header field, std::initializer_list<int64_t> values, const std::string & name) {
    for (const int64_t value : values) {
        check_int_refused(4 * field, value,
                          name + " at byte " + std::to_string(4 * field) + " is " + std::to_string(value));
    }
}

// A model of which only the structure exists: tensor data is zeros that take no memory.
class SparseModel final : public ModelSource {
public:
    SparseModel(int32_t state, int32_t audio_layers, int32_t text_layers, int32_t n_vocab, int32_t mels,
                int32_t ftype) {
        const int32_t heads = state / 64;
        for (const int32_t value : {0x67676d6c, n_vocab, 1500, state, heads, audio_layers, 448, state, heads,
                                    text_layers, mels, ftype, mels, 201}) {
            put_int(value);
        }
        size_ += uint64_t(mels) * 201 * 4;
        const Bytes & words = micro();
        put(Bytes(words.begin() + long(kVocabCount), words.begin() + long(tensors_at(words))));

        const int32_t type = find_ggml_ftype(ftype % 1000)->weight_type;
        const int32_t conv = type == kTypeF32 ? kTypeF32 : kTypeF16;
        tensor("encoder.positional_embedding", kTypeF32, {state, 1500});
        tensor("encoder.conv1.weight", conv, {3, mels, state});
        tensor("encoder.conv1.bias", kTypeF32, {1, state});
        tensor("encoder.conv2.weight", conv, {3, state, state});
        tensor("encoder.conv2.bias", kTypeF32, {1, state});
        norm("encoder.ln_post", state);
        for (int32_t i = 0; i < audio_layers; ++i) {
            block("encoder.blocks." + std::to_string(i), state, type, false);
        }
        tensor("decoder.positional_embedding", kTypeF32, {state, 448});
        tensor("decoder.token_embedding.weight", type, {state, n_vocab});
        norm("decoder.ln", state);
        for (int32_t i = 0; i < text_layers; ++i) {
            block("decoder.blocks." + std::to_string(i), state, type, true);
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
        for (auto part = parts_.begin(); part != parts_.end() && part->first < offset + length; ++part) {
            const uint64_t end = part->first + part->second.size();
            if (end > offset) {
                const uint64_t from = std::max(offset, part->first);
                const uint64_t to = std::min(offset + length, end);
                std::memcpy(static_cast<uint8_t *>(out) + (from - offset), part->second.data() + (from - part->first),
                            size_t(to - from));
            }
        }
        return true;
    }

    const std::string & name() const override {
        return name_;
    }

    size_t tensors() const {
        return tensors_;
    }

private:
    void put(const Bytes & bytes) {
        parts_[size_] = bytes;
        size_ += bytes.size();
    }

    void put_int(int32_t value) {
        Bytes bytes(4);
        set_int(bytes, 0, value);
        put(bytes);
    }

    void tensor(const std::string & name, int32_t type, const std::vector<int32_t> & shape) {
        put_int(int32_t(shape.size()));
        put_int(int32_t(name.size()));
        put_int(type);
        uint64_t elements = 1;
        for (const int32_t n : shape) {
            put_int(n);
            elements *= uint64_t(n);
        }
        put(Bytes(name.begin(), name.end()));
        const GgmlType & layout = *find_ggml_type(type);
        size_ += elements / layout.block_elements * layout.block_bytes;
        ++tensors_;
    }

    void norm(const std::string & name, int32_t n) {
        tensor(name + ".weight", kTypeF32, {n});
        tensor(name + ".bias", kTypeF32, {n});
    }

    void block(const std::string & name, int32_t n, int32_t type, bool cross) {
        for (const char * attention : {"attn", "cross_attn"}) {
            if (attention[0] == 'c' && !cross) {
                continue;
            }
            const std::string prefix = name + "." + attention;
            norm(prefix + "_ln", n);
            for (const char * part : {"query", "key", "value", "out"}) {
                tensor(prefix + "." + part + ".weight", type, {n, n});
                if (part[0] != 'k') {
                    tensor(prefix + "." + part + ".bias", kTypeF32, {n});
                }
            }
        }
        norm(name + ".mlp_ln", n);
        tensor(name + ".mlp.0.weight", type, {n, 4 * n});
        tensor(name + ".mlp.0.bias", kTypeF32, {4 * n});
        tensor(name + ".mlp.2.weight", type, {4 * n, n});
        tensor(name + ".mlp.2.bias", kTypeF32, {n});
    }

    uint64_t size_ = 0;
    size_t tensors_ = 0;
    std::map<uint64_t, Bytes> parts_;
    const std::string name_ = "sparse";
};

}  // namespace

TEST("model: the three micro models are accepted, with their facts") {
    const struct {
        const char * file;
        const char * quantization;
        int32_t ftype;
    } models[] = {{"f16", "f16", 1}, {"q8_0", "q8_0", 7}, {"q5_0", "q5_0", 8}};
    for (const auto & expected : models) {
        const std::string path = source_path(std::string("models/micro/micro-") + expected.file + ".bin");
        const auto model = ValidatedModel::walk(open_model_file(path), false);
        const ModelFacts & facts = model->facts();
        CHECK_EQ(facts.type, "micro");
        CHECK_EQ(facts.quantization, expected.quantization);
        CHECK_EQ(facts.ftype, expected.ftype);
        CHECK(facts.multilingual);
        CHECK(!facts.weightless);
        CHECK_EQ(facts.n_vocab, 51865);
        CHECK_EQ(facts.n_audio_ctx, 1500);
        CHECK_EQ(facts.n_audio_state, 64);
        CHECK_EQ(facts.n_audio_head, 2);
        CHECK_EQ(facts.n_audio_layer, 4);
        CHECK_EQ(facts.n_text_ctx, 192);
        CHECK_EQ(facts.n_text_state, 64);
        CHECK_EQ(facts.n_text_head, 2);
        CHECK_EQ(facts.n_text_layer, 3);
        CHECK_EQ(facts.n_mels, 80);
        CHECK_EQ(facts.file_bytes, std::filesystem::file_size(path));
        uint64_t data = 0;
        for (const Record & record : records(read_file(path))) {
            data += record.end - record.data_at();
        }
        CHECK_EQ(facts.weights_bytes, data);
    }
}

TEST("model: dimensions of every released model are accepted") {
    const struct {
        const char * type;
        int32_t state, audio_layers, text_layers, n_vocab, mels;
    } models[] = {
        {"tiny", 384, 4, 4, 51865, 80},      {"tiny", 384, 4, 4, 51864, 80},     {"base", 512, 6, 6, 51864, 80},
        {"small", 768, 12, 12, 51865, 80},   {"small", 768, 12, 4, 51864, 80},  // distilled
        {"medium", 1024, 24, 24, 51865, 80}, {"medium", 1024, 24, 2, 51864, 80}, {"large", 1280, 32, 32, 51865, 80},
        {"large", 1280, 32, 32, 51866, 128},  // v2, v3
        {"large", 1280, 32, 4, 51866, 128},   // turbo
    };
    for (const auto & model : models) {
        for (const int32_t ftype : {0, 1, 2002, 2003, 2007, 2008, 2009, 1008, 1009}) {
            auto source = std::make_unique<SparseModel>(model.state, model.audio_layers, model.text_layers,
                                                        model.n_vocab, model.mels, ftype);
            CHECK_EQ(source->tensors(), size_t(11 + 15 * model.audio_layers + 24 * model.text_layers));
            const auto walked = ValidatedModel::walk(std::move(source), false);
            CHECK_EQ(walked->facts().type, model.type);
            CHECK_EQ(walked->facts().multilingual, model.n_vocab >= 51865);
        }
    }
    CHECK_EQ(SparseModel(384, 4, 4, 51865, 80, 1).tensors(), 167u);
}

TEST("model: k quantization is accepted where its blocks of 256 fit") {
    for (const int32_t ftype : {2010, 2011, 2012, 2013, 2014}) {
        const auto walked = ValidatedModel::walk(std::make_unique<SparseModel>(512, 6, 6, 51865, 80, ftype), false);
        CHECK_EQ(walked->facts().type, "base");
        CHECK_EQ(walked->facts().quantization.substr(2), "_k");
        CHECK_THROWS_CODE_WITH(ValidatedModel::walk(std::make_unique<SparseModel>(384, 4, 4, 51865, 80, ftype), false),
                               "ERR_WHISPER_MODEL_INVALID", "blocks that fit rows of 384");
    }
}

TEST("model: unusual dimensions are called custom") {
    const auto walked = ValidatedModel::walk(std::make_unique<SparseModel>(384, 12, 2, 51865, 80, 1), false);
    CHECK_EQ(walked->facts().type, "custom");
}

TEST("model: the loader's reads give the file's bytes") {
    for (const size_t chunk : {size_t(1000), size_t(4), size_t(70001), micro().size()}) {
        const auto model = walk(micro());
        Bytes got;
        Bytes buffer(chunk);
        while (!model->eof() && got.size() <= micro().size()) {
            const size_t count = model->read(buffer.data(), chunk);
            if (count == 0 && !model->eof()) {
                break;
            }
            got.insert(got.end(), buffer.begin(), buffer.begin() + long(count));
        }
        CHECK(got == micro());
        CHECK(!model->failed());
    }
}

TEST("model: the end is reported only after a read past it, and that read is zeros") {
    const auto model = walk(micro());
    Bytes all(micro().size());
    for (int round = 0; round < 2; ++round) {
        CHECK_EQ(model->read(all.data(), all.size()), all.size());
        CHECK(!model->eof());
        for (int i = 0; i < 3; ++i) {  // n_dims, length, ttype
            int32_t value = -1;
            CHECK_EQ(model->read(&value, 4), 0u);
            CHECK_EQ(value, 0);
            CHECK(model->eof());
        }
        CHECK(!model->failed());
        model->rewind();
        CHECK(!model->eof());
    }
    model->read(all.data(), all.size() - 3);
    uint8_t tail[5] = {9, 9, 9, 9, 9};
    CHECK_EQ(model->read(tail, 5), 3u);
    CHECK(std::equal(tail, tail + 3, micro().end() - 3));
    CHECK_EQ(tail[3], 0);
    CHECK_EQ(tail[4], 0);
    CHECK(model->eof());
}

namespace {

// Bytes that another process may change after the walk.
class ChangingSource final : public ModelSource {
public:
    explicit ChangingSource(Bytes & bytes) : bytes_(bytes), size_(bytes.size()) {}

    uint64_t size() const override {
        return size_;
    }
    bool read_at(uint64_t offset, void * out, size_t length) override {
        if (offset + length > bytes_.size()) {
            return false;
        }
        std::memcpy(out, bytes_.data() + offset, length);
        return true;
    }
    const std::string & name() const override {
        return name_;
    }

private:
    Bytes & bytes_;
    const uint64_t size_;
    const std::string name_ = "changing";
};

}  // namespace

TEST("model: what changes after the walk is only weights") {
    Bytes bytes = micro();
    const auto model = ValidatedModel::walk(std::make_unique<ChangingSource>(bytes), false);
    std::fill(bytes.begin(), bytes.end(), uint8_t(0xaa));
    Bytes got(bytes.size());
    CHECK_EQ(model->read(got.data(), got.size()), got.size());
    CHECK(!model->failed());
    Bytes expected = micro();
    for (const Record & record : records(micro())) {
        std::fill(expected.begin() + long(record.data_at()), expected.begin() + long(record.end), uint8_t(0xaa));
    }
    CHECK(got == expected);
}

TEST("model: a file that shrinks after the walk reads as zeros and is reported") {
    Bytes bytes = micro();
    const auto model = ValidatedModel::walk(std::make_unique<ChangingSource>(bytes), false);
    bytes.resize(1000);
    Bytes got(micro().size(), 1);
    CHECK_EQ(model->read(got.data(), got.size()), got.size());
    CHECK(model->failed());
    CHECK(!model->eof());
    const Record last = records(micro()).back();
    CHECK(std::all_of(got.begin() + long(last.data_at()), got.end(), [](uint8_t b) { return b == 0; }));
    CHECK(std::equal(got.begin(), got.begin() + long(tensors_at(micro())), micro().begin()));

    bytes.clear();
    CHECK_THROWS_CODE_WITH(ValidatedModel::walk(std::make_unique<ChangingSource>(bytes), false),
                           "ERR_WHISPER_MODEL_INVALID", "empty");
    bytes = micro();
    auto source = std::make_unique<ChangingSource>(bytes);
    bytes.resize(70000);
    CHECK_THROWS_CODE(ValidatedModel::walk(std::move(source), false), "ERR_WHISPER_MODEL_READ");
}

TEST("model: files of another kind are named") {
    const std::pair<std::string, const char *> files[] = {
        {"", "empty"},
        {"lm", "lm"},
        {std::string("GGUF\x03\0\0\0", 8) + std::string(100, 'x'), "GGUF"},
        {"ggml" + std::string(100, '\0'), "big-endian"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"},
        {"<!DOCTYPE html><html>not found</html>", "web page"},
        {"\n <html><body>", "web page"},
        {"Invalid username or password.", "text file"},
        {std::string("PK\x03\x04", 4), "convert-pt-to-ggml"},
        {std::string("\x40\x01\0\0\0\0\0\0{\"__metadata__\"", 22), "safetensors"},
        {"RIFF....WAVE", "audio"},
        {std::string("lmgg\x0a\0\0\0silero-16k", 18), "voice activity"},
        {std::string("\x80\x02\x8a\x0a", 4), "\\x80\\x02\\x8a\\x0a"},
    };
    for (const auto & file : files) {
        check_refused(Bytes(file.first.begin(), file.first.end()), file.second);
    }
    check_int_refused(0, 0x67676d6d, "magic number at byte 0");
}

TEST("model: wrong dimensions") {
    check_header_refused(kVocab, {0, 100, -1, 51863, 51867, 2000000000}, "n_vocab");
    check_header_refused(kAudioCtx, {0, -1, 1, 1499, 1501, 3000, 1 << 30}, "n_audio_ctx");
    check_header_refused(kAudioState, {0, -1, -64, 1, 63, 65, 100, 320, 1281, 1 << 30}, "n_audio_state");
    check_header_refused(kAudioHead, {0, -1, -2, 3, 4, 64, 65, 1 << 30}, "n_audio_head");
    check_header_refused(kAudioLayer, {0, -1, 1, 3, 5, 33, 1 << 30}, "n_audio_layer");
    check_header_refused(kTextCtx, {0, -1, 1, 31, 33, 447, 480, 1 << 30}, "n_text_ctx");
    check_header_refused(kTextState, {0, -1, 63, 128, 1 << 30}, "n_text_state");
    check_header_refused(kTextHead, {0, -1, 1, 3, 64, 1 << 30}, "n_text_head");
    check_header_refused(kTextLayer, {0, -1, 33, 1 << 30}, "n_text_layer");
    check_header_refused(kMels, {0, -1, 79, 81, 1 << 30}, "n_mels");
    check_header_refused(kFtype, {-1, -1000, -2147483647, 4, 5, 6, 15, 24, 100, 999, 2005, 3008, 2147483647}, "ftype");
    check_int_refused(4 * kFtype, 8, "quantize it again");
    check_int_refused(4 * kFtype, 1007, "quantize it again");
}

TEST("model: dimensions that are possible, but not those of the tensors") {
    check_int_refused(4 * kVocab, 51864, "decoder.token_embedding.weight");
    check_int_refused(4 * kAudioLayer, 6, "tensors missing");
    check_int_refused(4 * kTextLayer, 2, "decoder.blocks.2");
    check_int_refused(4 * kTextLayer, 4, "tensors missing");
    check_int_refused(4 * kTextCtx, 224, "decoder.positional_embedding");
    check_int_refused(4 * kTextCtx, 448, "decoder.positional_embedding");
    check_int_refused(4 * kFtype, 2007, "the type of tensor");
    check_int_refused(4 * kFtype, 1, "the type of tensor");
    check_int_refused(4 * kFtype, 0, "the type of tensor");
    Bytes bytes = micro();
    set_int(bytes, 4 * kAudioHead, 1);
    set_int(bytes, 4 * kTextHead, 1);
    CHECK_EQ(walk(bytes)->facts().n_text_head, 1);  // heads leave no trace in the tensors
}

TEST("model: wrong filters") {
    check_int_refused(kFilters, 81, "filters.n_mel at byte 48 is 81, expected 80 (n_mels)");
    check_int_refused(kFilters, 1000, "filters.n_mel");
    check_int_refused(kFilters, 0, "filters.n_mel");
    check_int_refused(kFilters, -1, "filters.n_mel");
    check_int_refused(kFilters + 4, 400, "filters.n_fft at byte 52 is 400");
    check_int_refused(kFilters + 4, 200, "filters.n_fft");
    check_int_refused(kFilters + 4, 2147483647, "filters.n_fft");
    check_int_refused(4 * kMels, 128, "filters.n_mel at byte 48 is 80, expected 128");
}

TEST("model: wrong vocabulary") {
    for (const int64_t count : {-1, 0, 1, 255, 51866, 2000000000}) {
        check_int_refused(kVocabCount, count, "number of words in the vocabulary");
    }
    for (const int64_t count : {309, 311, 51865}) {
        Bytes bytes = micro();
        set_int(bytes, kVocabCount, count);
        CHECK_THROWS_CODE(walk(bytes), "ERR_WHISPER_MODEL_INVALID");
        CHECK_THROWS_CODE(walk(bytes, true), "ERR_WHISPER_MODEL_INVALID");
    }
    for (const int64_t length : {257, 100000000, -1}) {
        check_int_refused(kWords, length, "length of vocabulary word 0");
    }
    Bytes bytes = micro();
    const size_t space = kWords + 32 * 5;
    REQUIRE(get_int(bytes, space) == 1 && bytes[space + 4] == ' ');
    bytes[space + 4] = 'x';
    check_refused(bytes, "without the word ' '");
}

TEST("model: wrong tensor records") {
    const std::vector<Record> all = records(micro());
    for (const Record & record : {all.front(), all[5], all.back()}) {
        for (const int64_t dims : {0, -1, 4, 1000000}) {
            check_int_refused(record.at, dims, "number of dimensions");
        }
        for (const int64_t length : {0, -1, 129, 2147483647}) {
            check_int_refused(record.at + 4, length, "length of a tensor's name");
        }
        for (const int64_t type : {-1, 1000000, 4, 5, 25, 30, 41}) {
            check_int_refused(record.at + 8, type, "the type of tensor '" + record.name + "'");
        }
        for (const int64_t size : {0, -1, 63, 65, 2147483647}) {
            check_int_refused(record.at + 12, size, "the shape of tensor '" + record.name + "'");
        }
        Bytes bytes = micro();
        bytes[record.name_at() + 2] ^= 0x20;
        check_refused(bytes, "the name of the tensor");
        bytes[record.name_at() + 2] = 0xff;
        check_refused(bytes, "\\xff");
    }
    // f16 data declared as another type of two bytes: whisper.cpp takes it
    const Record conv = record_of(micro(), "encoder.conv1.weight");
    check_int_refused(conv.at + 8, 30, "expected 1 (f16)");  // bf16
    check_int_refused(conv.at + 8, 25, "expected 1 (f16)");  // i16
    check_int_refused(conv.at + 8, 0, "is 0 (f32), expected 1 (f16)");
    // swapped dimensions: same number of elements
    Bytes bytes = micro();
    set_int(bytes, conv.at + 12, 80);
    set_int(bytes, conv.at + 16, 3);
    check_refused(bytes, "is [80, 3, 64], expected [3, 80, 64]");
}

TEST("model: the number of dimensions may be larger than needed") {
    Bytes bytes = micro();
    const Record norm = record_of(bytes, "encoder.ln_post.weight");
    REQUIRE(norm.dims == 1);
    const uint8_t one[] = {1, 0, 0, 0};
    bytes.insert(bytes.begin() + long(norm.at + 16), one, one + 4);
    set_int(bytes, norm.at, 2);
    CHECK_EQ(walk(bytes)->facts().type, "micro");
}

TEST("model: missing, repeated and exchanged tensors") {
    const std::vector<Record> all = records(micro());
    for (const size_t i : {size_t(0), all.size() / 2, all.size() - 1}) {
        Bytes bytes = micro();
        bytes.erase(bytes.begin() + long(all[i].at), bytes.begin() + long(all[i].end));
        check_refused(bytes, "with 1 tensors missing, '" + all[i].name + "'");
    }
    Bytes bytes = micro();
    bytes.insert(bytes.end(), micro().begin() + long(all[5].at), micro().begin() + long(all[5].end));
    check_refused(bytes, "expected each name once");

    // A name of the same length and shape that is there already: one twice, one missing.
    bytes = micro();
    const Record first = record_of(bytes, "encoder.blocks.0.attn.query.weight");
    bytes[first.name_at() + std::strlen("encoder.blocks.")] = '1';
    check_refused(bytes, "expected each name once");

    // Another order is fine.
    bytes.assign(micro().begin(), micro().begin() + long(tensors_at(micro())));
    for (auto record = all.rbegin(); record != all.rend(); ++record) {
        bytes.insert(bytes.end(), micro().begin() + long(record->at), micro().begin() + long(record->end));
    }
    CHECK_EQ(walk(bytes)->facts().weights_bytes, walk(micro())->facts().weights_bytes);
}

TEST("model: truncated files") {
    const size_t vocab_end = tensors_at(micro());
    const std::vector<Record> all = records(micro());
    std::vector<size_t> lengths = {kFilters,
                                   kFilters + 4,
                                   kFilters + 8,
                                   kFilters + 9,
                                   kVocabCount,
                                   kVocabCount + 3,
                                   kWords,
                                   (kWords + vocab_end) / 2,
                                   vocab_end - 1,
                                   vocab_end + 1,
                                   vocab_end + 11,
                                   vocab_end + 12,
                                   all.back().at,
                                   all.back().at + 12,
                                   all.back().data_at(),
                                   (all.back().data_at() + all.back().end) / 2,
                                   micro().size() / 2,
                                   micro().size() - 1};
    for (size_t i = 1; i < 60; ++i) {
        lengths.push_back(i);
    }
    for (const Record & record : all) {
        lengths.push_back(record.end == micro().size() ? record.end - 2 : record.end);
        lengths.push_back(record.data_at() + 1);
    }
    for (const size_t length : lengths) {
        const Bytes bytes(micro().begin(), micro().begin() + long(length));
        CHECK_THROWS_CODE(walk(bytes), "ERR_WHISPER_MODEL_INVALID");
        CHECK_THROWS_CODE(walk(bytes, true), "ERR_WHISPER_MODEL_INVALID");
    }
    const Bytes last_missing(micro().begin(), micro().end() - 1);
    check_refused(last_missing, "the file ends at byte " + std::to_string(micro().size() - 1) +
                                    ", within the data of tensor '" + all.back().name + "'");
}

TEST("model: bytes after the last tensor") {
    Bytes bytes = micro();
    bytes.push_back(0);
    check_refused(bytes, "the number of dimensions of a tensor");
    bytes.resize(micro().size() + 12);
    check_refused(bytes, "the number of dimensions of a tensor at byte " + std::to_string(micro().size()) + " is 0");
}

TEST("model: cut between vocabulary and weights, it is a weightless model at best") {
    const Bytes bytes(micro().begin(), micro().begin() + long(tensors_at(micro())));
    CHECK_THROWS_CODE_WITH(walk(bytes), "ERR_WHISPER_MODEL_INVALID", "has no weights");
    const auto model = walk(bytes, true);
    CHECK(model->facts().weightless);
    CHECK_EQ(model->facts().weights_bytes, 0u);
}

TEST("model: a lying length is refused before memory is taken for it") {
    // 128 mel filters claimed by a file of 60 bytes; a name of 128 bytes at the end of a file
    Bytes bytes(micro().begin(), micro().begin() + 60);
    set_int(bytes, 4 * kMels, 128);
    set_int(bytes, kFilters, 128);
    check_refused(bytes, "expected 102912 bytes from byte 56 on");
    bytes.assign(micro().begin(), micro().begin() + long(tensors_at(micro()) + 20));
    check_refused(bytes, "a tensor's name");
}

TEST("model: any single wrong byte of the structure is refused or harmless") {
    // One flipped bit per position, all positions that are structure but neither filter nor word text: what is
    // accepted must have the same tensors.
    const auto good = walk(micro());
    std::vector<size_t> positions;
    for (size_t i = 0; i < kFilters + 8; ++i) {
        positions.push_back(i);
    }
    for (const Record & record : {records(micro()).front(), records(micro())[7]}) {
        for (size_t i = record.at; i < record.data_at(); ++i) {
            positions.push_back(i);
        }
    }
    size_t accepted = 0;
    for (const size_t position : positions) {
        for (const int bit : {0, 3, 7}) {
            Bytes bytes = micro();
            bytes[position] ^= uint8_t(1 << bit);
            try {
                CHECK_EQ(walk(bytes)->facts().weights_bytes, good->facts().weights_bytes);
                ++accepted;
            } catch (const CodedError & error) {
                CHECK_EQ(error.code(), "ERR_WHISPER_MODEL_INVALID");
            }
        }
    }
    CHECK_EQ(accepted, 0u);
}

TEST("model: whisper.cpp's weightless models") {
    const struct {
        const char * file;
        const char * type;
        bool multilingual;
    } models[] = {{"tiny", "tiny", true},
                  {"tiny.en", "tiny", false},
                  {"base", "base", true},
                  {"small", "small", true},
                  {"large", "large", true}};
    for (const auto & expected : models) {
        const std::string path = shared_path(std::string("models/for-tests-ggml-") + expected.file + ".bin");
        if (!check::file_exists(path)) {
            SKIP("no " + path);
        }
        CHECK_THROWS_CODE_WITH(ValidatedModel::walk(open_model_file(path), false), "ERR_WHISPER_MODEL_INVALID",
                               "has no weights");
        const auto model = ValidatedModel::walk(open_model_file(path), true);
        CHECK(model->facts().weightless);
        CHECK_EQ(model->facts().type, expected.type);
        CHECK_EQ(model->facts().multilingual, expected.multilingual);
        CHECK_EQ(model->facts().quantization, "f16");
    }
}

TEST("model: a voice activity model is not a whisper model") {
    const std::string path = shared_path("models/for-tests-silero-v6.2.0-ggml.bin");
    if (!check::file_exists(path)) {
        SKIP("no " + path);
    }
    CHECK_THROWS_CODE_WITH(ValidatedModel::walk(open_model_file(path), true), "ERR_WHISPER_MODEL_INVALID",
                           "voice activity");
}

TEST("model file: what cannot be opened") {
    const std::filesystem::path folder = std::filesystem::temp_directory_path();
    CHECK_THROWS_CODE_WITH(open_model_file((folder / "no-such-model.bin").string()), "ERR_WHISPER_MODEL_NOT_FOUND",
                           "no-such-model.bin");
    CHECK_THROWS_CODE_WITH(open_model_file(folder.string()), "ERR_WHISPER_MODEL_NOT_FOUND", "folder");
    CHECK_THROWS_CODE(open_model_file(""), "ERR_WHISPER_MODEL_NOT_FOUND");
    CHECK_THROWS_CODE(open_model_file(std::string("a\0b", 3)), "ERR_WHISPER_MODEL_NOT_FOUND");
    CHECK_THROWS_CODE(open_model_file(std::string(100000, 'x')), "ERR_WHISPER_MODEL_NOT_FOUND");
#ifndef _WIN32
    const std::string pipe = (folder / ("steady-test-pipe-" + std::to_string(::getpid()))).string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_CODE_WITH(open_model_file(pipe), "ERR_WHISPER_MODEL_READ", "pipe");
    ::unlink(pipe.c_str());
    CHECK_THROWS_CODE_WITH(open_model_file("/dev/null"), "ERR_WHISPER_MODEL_READ", "device");
#endif
}

TEST("model file: names beyond ASCII, and a replaced file") {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / std::filesystem::u8path(u8"steady-mod\u00e8le-\u6a21\u578b.bin");
    const std::string utf8 = path.u8string();
    {
        std::ofstream out(path, std::ios::binary);
        out.write(reinterpret_cast<const char *>(micro().data()), long(micro().size()));
    }
    auto source = open_model_file(utf8);
    CHECK_EQ(source->name(), utf8);
#ifndef _WIN32
    std::filesystem::remove(path);  // the open descriptor keeps it
#endif
    CHECK_EQ(ValidatedModel::walk(std::move(source), false)->facts().type, "micro");
    std::filesystem::remove(path);
}

TEST("model: block sizes of the types are ggml's") {
    // sizeof the block structs in ggml-common.h: halves, scales and quants
    const std::pair<const char *, uint32_t> sizes[] = {
        {"f32", 4},
        {"f16", 2},
        {"q4_0", 2 + 16},
        {"q4_1", 4 + 16},
        {"q5_0", 2 + 4 + 16},
        {"q5_1", 4 + 4 + 16},
        {"q8_0", 2 + 32},
        {"q2_k", 16 + 64 + 4},
        {"q3_k", 32 + 64 + 12 + 2},
        {"q4_k", 4 + 12 + 128},
        {"q5_k", 4 + 12 + 32 + 128},
        {"q6_k", 128 + 64 + 16 + 2},
    };
    size_t known = 0;
    for (const GgmlType & type : kGgmlTypes) {
        for (const auto & size : sizes) {
            if (std::string(type.name) == size.first) {
                CHECK_EQ(type.block_bytes, size.second);
                ++known;
            }
        }
    }
    CHECK_EQ(known, std::size(sizes));
}

}  // namespace steady
