#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model_reader.h"
#include "model_source.h"

namespace steady {

// What the header of a ggml whisper model says.
struct ModelFacts {
    // "tiny" | "base" | "small" | "medium" | "large" when width and depth are those of a released model (a distilled or
    // turbo model has the type that its encoder has), "micro" for 64 states (this package's own model), else "custom".
    std::string type;
    bool multilingual = false;
    std::string quantization;  // "f32" | "f16" | "q4_0" | "q5_0" | "q8_0" | ... (ggml_ftype's names, lower case)
    int32_t ftype = 0;
    int32_t n_vocab = 0;
    int32_t n_audio_ctx = 0;
    int32_t n_audio_state = 0;
    int32_t n_audio_head = 0;
    int32_t n_audio_layer = 0;
    int32_t n_text_ctx = 0;
    int32_t n_text_state = 0;
    int32_t n_text_head = 0;
    int32_t n_text_layer = 0;
    int32_t n_mels = 0;
    uint64_t weights_bytes = 0;  // sum of tensor data
    uint64_t file_bytes = 0;
    bool weightless = false;  // header and vocabulary only: whisper.cpp's own test models
};

// A model whose structure has been checked from the first byte to the last. Structural bytes (header, filters,
// vocabulary, tensor records) are kept in memory as they were validated; only tensor data is read from the source
// when whisper.cpp loads it. So a file that is rewritten in place between the check and the load can at worst give
// other weights, never another structure.
class ValidatedModel {
public:
    // Walks the whole file. Throws CodedError ERR_WHISPER_MODEL_INVALID (what is wrong, where: byte offset, value
    // found, what was expected) or ERR_WHISPER_MODEL_READ.
    // `allow_weightless`: accept whisper.cpp's weightless test models.
    static std::unique_ptr<ValidatedModel> walk(std::unique_ptr<ModelSource> source, bool allow_weightless);

    const ModelFacts & facts() const {
        return facts_;
    }

    // Sequential reader for whisper_model_loader. Bytes that can't be read are zero and set `failed()`.
    size_t read(void * out, size_t length);
    bool eof() const;     // true once a read has gone past the last byte
    bool failed() const;  // true once the source gave fewer bytes than when it was validated
    void rewind();

private:
    explicit ValidatedModel(std::unique_ptr<ModelSource> source);
    static std::unique_ptr<ValidatedModel> as_it_is(std::unique_ptr<ModelSource> source);

    std::unique_ptr<ModelSource> source_;
    ModelFacts facts_;
    std::vector<uint8_t> structure_;
    std::vector<ModelExtent> extents_;
    uint64_t position_ = 0;
    size_t extent_index_ = 0;
    bool eof_ = false;
    bool failed_ = false;
};

}  // namespace steady
