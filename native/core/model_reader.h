#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model_source.h"

namespace steady {

// A run of bytes of a model file.
struct ModelExtent {
    uint64_t offset;
    uint64_t length;
    size_t in_memory;  // where its copy starts in the kept bytes, or kTensorData
};

constexpr size_t kTensorData = SIZE_MAX;  // ModelExtent::in_memory of what stays in the file

// Reads a model file from front to back, keeps what it reads, and words what is wrong with it.
class ModelReader {
public:
    // A number and where it was, for messages.
    struct Field {
        const char * name;
        uint64_t at;
        int32_t value;
    };

    explicit ModelReader(ModelSource & source) : source_(source), size_(source.size()) {}

    uint64_t size() const {
        return size_;
    }
    uint64_t position() const {
        return position_;
    }
    bool at_end() const {
        return position_ == size_;
    }

    // The next `length` bytes, which must be there, without moving on. The pointer is valid until the next call.
    const uint8_t * peek(size_t length);

    // The next `length` bytes. They are kept, as are their bounds. The pointer is valid until the next call.
    const uint8_t * take(const char * what, size_t length);

    int32_t take_int(const char * what);
    Field take_field(const char * name);

    // Passes over tensor data, which stays in the file.
    void skip(const std::string & what, uint64_t length);

    void expect(const Field & field, bool good, const std::string & expected) const;

    [[noreturn]] void refuse(const std::string & message) const;
    [[noreturn]] void refuse(const std::string & what, uint64_t at, const std::string & found,
                             const std::string & expected) const;

    // What was read, in order. Empties the reader.
    std::vector<uint8_t> release_bytes();
    std::vector<ModelExtent> release_extents();

private:
    void require(const char * what, uint64_t length) const;

    ModelSource & source_;
    const uint64_t size_;
    uint64_t position_ = 0;
    uint64_t window_start_ = 0;
    std::vector<uint8_t> window_;
    std::vector<uint8_t> bytes_;
    std::vector<ModelExtent> extents_;
};

}  // namespace steady
