#include "model_reader.h"

#include <algorithm>
#include <utility>

#include "coded_error.h"

namespace steady {
namespace {

constexpr size_t kReadAhead = 16 * 1024;

}  // namespace

const uint8_t * ModelReader::peek(size_t length) {
    if (position_ < window_start_ || position_ + length > window_start_ + window_.size()) {
        const uint64_t wanted = std::max<uint64_t>(length, kReadAhead);
        window_.resize(size_t(std::min(wanted, size_ - position_)));
        window_start_ = position_;
        if (!source_.read_at(position_, window_.data(), window_.size())) {
            throw CodedError("ERR_WHISPER_MODEL_READ", "model '" + source_.name() + "': reading failed at byte " +
                                                           std::to_string(position_) +
                                                           "; the disk failed or another process shortened the file");
        }
    }
    return window_.data() + (position_ - window_start_);
}

// Every length is checked against what is left of the file before anything is allocated for it.
void ModelReader::require(const char * what, uint64_t length) const {
    if (length > size_ - position_) {
        refuse("the file ends at byte " + std::to_string(size_) + ", within " + what + ": expected " +
               std::to_string(length) + " bytes from byte " + std::to_string(position_) +
               " on; it is incomplete, copy or download it again");
    }
}

const uint8_t * ModelReader::take(const char * what, size_t length) {
    require(what, length);
    const uint8_t * bytes = peek(length);
    if (extents_.empty() || extents_.back().in_memory == kTensorData) {
        extents_.push_back({position_, 0, bytes_.size()});
    }
    bytes_.insert(bytes_.end(), bytes, bytes + length);
    extents_.back().length += length;
    position_ += length;
    return bytes;
}

// A model file is little-endian whatever this machine is.
int32_t ModelReader::take_int(const char * what) {
    const uint8_t * bytes = take(what, 4);
    return int32_t(uint32_t(bytes[0]) | uint32_t(bytes[1]) << 8 | uint32_t(bytes[2]) << 16 | uint32_t(bytes[3]) << 24);
}

ModelReader::Field ModelReader::take_field(const char * name) {
    const uint64_t at = position_;
    return {name, at, take_int(name)};
}

void ModelReader::skip(const std::string & what, uint64_t length) {
    require(what.c_str(), length);
    extents_.push_back({position_, length, kTensorData});
    position_ += length;
}

void ModelReader::expect(const Field & field, bool good, const std::string & expected) const {
    if (!good) {
        refuse(field.name, field.at, std::to_string(field.value), expected);
    }
}

void ModelReader::refuse(const std::string & message) const {
    throw CodedError("ERR_WHISPER_MODEL_INVALID", "model '" + source_.name() + "': " + message);
}

void ModelReader::refuse(const std::string & what, uint64_t at, const std::string & found,
                         const std::string & expected) const {
    refuse(what + " at byte " + std::to_string(at) + " is " + found + ", expected " + expected +
           "; the file is damaged or no model that whisper.cpp can run");
}

std::vector<uint8_t> ModelReader::release_bytes() {
    return std::move(bytes_);
}

std::vector<ModelExtent> ModelReader::release_extents() {
    return std::move(extents_);
}

}  // namespace steady
