#include "model_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include "checks.h"
#include "model_header.h"
#include "model_magic.h"
#include "model_tensors.h"

namespace steady {
namespace {

using Field = ModelReader::Field;

constexpr int32_t kSmallestVocab = 256;  // byte-level vocabularies have the 256 bytes at least
constexpr uint32_t kLongestWord = 256;   // real ones have 128 bytes at most
constexpr int32_t kLongestName = 128;

// True for the word " ".
bool read_word(ModelReader & reader, int32_t index) {
    const uint64_t at = reader.position();
    const uint32_t length = uint32_t(reader.take_int("the vocabulary"));
    if (length > kLongestWord) {
        reader.refuse("the length of vocabulary word " + std::to_string(index), at, std::to_string(length),
                      "0 to " + std::to_string(kLongestWord));
    }
    const uint8_t * bytes = reader.take("the vocabulary", length);
    return length == 1 && bytes[0] == ' ';
}

void read_vocabulary(ModelReader & reader, int32_t n_vocab) {
    const Field count = reader.take_field("the number of words in the vocabulary");
    // More words than n_vocab: logits are read past their end. Fewer are filled up with made-up words.
    reader.expect(count, count.value >= kSmallestVocab && count.value <= n_vocab,
                  std::to_string(kSmallestVocab) + " to " + std::to_string(n_vocab) + " (n_vocab)");
    bool has_space = false;
    for (int32_t i = 0; i < count.value; ++i) {
        has_space = read_word(reader, i) || has_space;
    }
    // Sampling looks this word up with map::at to suppress it (whisper_process_logits), and throws without it.
    if (!has_space) {
        reader.refuse("the vocabulary", count.at, "without the word ' '", "one that has it");
    }
}

std::string shape_text(const std::array<int32_t, 3> & shape) {
    return "[" + std::to_string(shape[0]) + ", " + std::to_string(shape[1]) + ", " + std::to_string(shape[2]) + "]";
}

std::string type_text(int32_t id) {
    const GgmlType * type = find_ggml_type(id);
    return std::to_string(id) + (type == nullptr ? "" : std::string(" (") + type->name + ")");
}

class TensorWalk {
public:
    TensorWalk(ModelReader & reader, const ModelHeader & header)
        : reader_(reader),
          header_(header),
          missing_(expected_tensors(header.facts, header.weight_type)) {}

    // Returns the bytes of data.
    uint64_t run() {
        while (!reader_.at_end()) {
            read_tensor();
        }
        if (!missing_.empty()) {
            reader_.refuse("the file ends at byte " + std::to_string(reader_.size()) + " with " +
                           std::to_string(missing_.size()) + " tensors missing, '" + missing_.begin()->first +
                           "' for one; it is incomplete, copy or download it again");
        }
        return data_bytes_;
    }

private:
    void read_tensor() {
        const uint64_t at = reader_.position();
        const Field dimensions = reader_.take_field("the number of dimensions of a tensor");
        reader_.expect(dimensions, dimensions.value >= 1 && dimensions.value <= 3, "1 to 3");
        const Field name_length = reader_.take_field("the length of a tensor's name");
        reader_.expect(name_length, name_length.value >= 1 && name_length.value <= kLongestName,
                       "1 to " + std::to_string(kLongestName));
        const Field type = reader_.take_field("the type of a tensor");
        std::array<int32_t, 3> shape = {1, 1, 1};
        for (int32_t i = 0; i < dimensions.value; ++i) {
            shape[size_t(i)] = reader_.take_int("a tensor's shape");
        }
        const size_t length = size_t(name_length.value);
        const std::string name(reinterpret_cast<const char *>(reader_.take("a tensor's name", length)), length);

        const auto found = missing_.find(name);
        if (found == missing_.end()) {
            refuse_name(name, at);
        }
        check(name, found->second, shape, type);
        const uint64_t bytes = tensor_bytes(found->second);
        reader_.skip("the data of tensor '" + name + "'", bytes);
        data_bytes_ += bytes;
        missing_.erase(found);
    }

    [[noreturn]] void refuse_name(const std::string & name, uint64_t at) const {
        const bool repeated = expected_tensors(header_.facts, header_.weight_type).count(name) > 0;
        reader_.refuse("the name of the tensor that starts", at, "'" + printable(name) + "'",
                       repeated ? "each name once" : "one that a model of these dimensions has");
    }

    // The loader compares sizes in a way that lets another type of the same size pass.
    void check(const std::string & name, const ExpectedTensor & expected, const std::array<int32_t, 3> & shape,
               const Field & type) const {
        if (shape != expected.shape) {
            reader_.refuse("the shape of tensor '" + name + "'", type.at + 4, shape_text(shape),
                           shape_text(expected.shape));
        }
        if (type.value != expected.type) {
            reader_.refuse("the type of tensor '" + name + "'", type.at, type_text(type.value),
                           type_text(expected.type));
        }
        if (tensor_bytes(expected) == 0) {
            reader_.refuse("the type of tensor '" + name + "'", type.at, type_text(type.value),
                           "one with blocks that fit rows of " + std::to_string(expected.shape[0]));
        }
    }

    ModelReader & reader_;
    const ModelHeader & header_;
    std::map<std::string, ExpectedTensor> missing_;
    uint64_t data_bytes_ = 0;
};

}  // namespace

ValidatedModel::ValidatedModel(std::unique_ptr<ModelSource> source) : source_(std::move(source)) {}

// Reads the file as whisper_model_load (whisper.cpp) will, and refuses what that takes on trust: it checks hardly any
// length or dimension, and answers wrong ones with crashes, endless loops or a model with holes.
std::unique_ptr<ValidatedModel> ValidatedModel::walk(std::unique_ptr<ModelSource> source, bool allow_weightless) {
    if constexpr (!kChecksInput) {
        return as_it_is(std::move(source));
    }
    std::unique_ptr<ValidatedModel> model(new ValidatedModel(std::move(source)));
    ModelReader reader(*model->source_);
    ModelHeader header = read_model_header(reader);
    read_vocabulary(reader, header.facts.n_vocab);
    if (!reader.at_end()) {
        header.facts.weights_bytes = TensorWalk(reader, header).run();
    } else if (allow_weightless) {
        header.facts.weightless = true;
    } else {
        // whisper.cpp takes any file that ends here for a test model and runs it on uninitialised weights.
        reader.refuse("the file ends after the vocabulary, at byte " + std::to_string(reader.size()) +
                      ", and has no weights; it is incomplete, or one of whisper.cpp's test models");
    }
    header.facts.file_bytes = reader.size();
    model->facts_ = std::move(header.facts);
    model->structure_ = reader.release_bytes();
    model->extents_ = reader.release_extents();
    return model;
}

// Without checks (checks.h): every byte comes from the file, whatever it holds.
std::unique_ptr<ValidatedModel> ValidatedModel::as_it_is(std::unique_ptr<ModelSource> source) {
    std::unique_ptr<ValidatedModel> model(new ValidatedModel(std::move(source)));
    const uint64_t size = model->source_->size();
    model->facts_ = read_facts_unchecked(*model->source_);
    model->facts_.file_bytes = size;
    model->extents_ = {{0, size, kTensorData}};
    return model;
}

size_t ValidatedModel::read(void * out, size_t length) {
    auto * bytes = static_cast<uint8_t *>(out);
    size_t done = 0;
    while (done < length && extent_index_ < extents_.size()) {
        const ModelExtent & extent = extents_[extent_index_];
        const uint64_t within = position_ - extent.offset;
        const size_t count = size_t(std::min<uint64_t>(length - done, extent.length - within));
        if (extent.in_memory != kTensorData) {
            std::memcpy(bytes + done, structure_.data() + extent.in_memory + within, count);
        } else if (!source_->read_at(position_, bytes + done, count)) {
            std::memset(bytes + done, 0, count);
            failed_ = true;
        }
        done += count;
        position_ += count;
        extent_index_ += within + count == extent.length ? 1 : 0;
    }
    if (done < length) {
        // The loader asks for the end only after it has read three numbers more: let it see zeros, not old memory.
        std::memset(bytes + done, 0, length - done);
        eof_ = true;
    }
    return done;
}

bool ValidatedModel::eof() const {
    return eof_;
}

bool ValidatedModel::failed() const {
    return failed_;
}

void ValidatedModel::rewind() {
    position_ = 0;
    extent_index_ = 0;
    eof_ = false;
    failed_ = false;
}

}  // namespace steady
