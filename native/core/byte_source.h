#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace steady {

// Where the bytes of a model or of encoded audio come from. Its size is fixed when it is opened: a file that grows
// later is read up to that size, one that shrinks fails to read.
class ByteSource {
public:
    virtual ~ByteSource() = default;

    // Total number of bytes.
    virtual uint64_t size() const = 0;

    // Reads exactly `length` bytes at `offset`. Returns false when the source has fewer bytes or reading fails.
    virtual bool read_at(uint64_t offset, void * out, size_t length) = 0;

    // A path for messages, or "<buffer>".
    virtual const std::string & name() const = 0;
};

// Why a file could not be opened.
struct OpenFailure {
    bool missing = false;  // there is no such file (a folder counts as none); otherwise it is there but unreadable
    std::string reason;    // in words, with what to do: ends a sentence that names the path
};

// Opens a regular file once, for reading. Folders, pipes, sockets and devices are refused: they have no size, and
// opening or reading them could block for ever. `path` is UTF-8 on every platform. Returns null and fills `failure`.
std::unique_ptr<ByteSource> open_regular_file(const std::string & path, OpenFailure & failure);

// Owns the bytes.
std::unique_ptr<ByteSource> source_of_bytes(std::vector<uint8_t> bytes);

// Borrows the bytes: they must outlive the source.
std::unique_ptr<ByteSource> source_of_view(const uint8_t * bytes, size_t length);

}  // namespace steady
