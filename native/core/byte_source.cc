// 64-bit file offsets on 32-bit systems too: models are larger than 2 GiB. Must come before any system header.
#if !defined(_WIN32) && !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64
#endif

#include "byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <io.h>
#include <windows.h>
#else
#include <unistd.h>
#endif

namespace steady {
namespace {

// One read system call takes less than 2 GiB on every platform (macOS and Windows refuse more).
constexpr size_t kMaxRead = size_t(1) << 30;

std::string errno_text(int error) {
    return std::generic_category().message(error);
}

#ifdef _WIN32

using FileStat = struct _stat64;

bool is_folder(const FileStat & stat) {
    return (stat.st_mode & _S_IFMT) == _S_IFDIR;
}

bool is_regular(const FileStat & stat) {
    return (stat.st_mode & _S_IFMT) == _S_IFREG;
}

bool to_wide(const std::string & utf8, std::wstring & wide) {
    const int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8.data(), int(utf8.size()), nullptr, 0);
    if (length <= 0) {
        return false;
    }
    wide.resize(size_t(length));
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8.data(), int(utf8.size()), &wide[0], length) > 0;
}

int open_descriptor(const std::string & path) {
    std::wstring wide;
    if (!to_wide(path, wide)) {
        errno = EINVAL;
        return -1;
    }
    const int descriptor = _wopen(wide.c_str(), _O_RDONLY | _O_BINARY | _O_NOINHERIT);
    if (descriptor < 0 && errno == EACCES) {
        FileStat stat;  // _wopen says EACCES for a folder
        if (_wstat64(wide.c_str(), &stat) == 0 && is_folder(stat)) {
            errno = EISDIR;
        } else {
            errno = EACCES;
        }
    }
    return descriptor;
}

int stat_descriptor(int descriptor, FileStat & stat) {
    return _fstat64(descriptor, &stat);
}

void close_descriptor(int descriptor) {
    _close(descriptor);
}

long long read_some(int descriptor, uint64_t offset, void * out, size_t length) {
    if (_lseeki64(descriptor, int64_t(offset), SEEK_SET) < 0) {
        return -1;
    }
    return _read(descriptor, out, unsigned(length));
}

#else

using FileStat = struct stat;

bool is_folder(const FileStat & stat) {
    return S_ISDIR(stat.st_mode);
}

bool is_regular(const FileStat & stat) {
    return S_ISREG(stat.st_mode);
}

int open_descriptor(const std::string & path) {
    int descriptor;
    do {
        // O_NONBLOCK: opening a FIFO without a writer returns at once, so that it can be refused below. It changes
        // nothing for a regular file.
        descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int stat_descriptor(int descriptor, FileStat & stat) {
    return ::fstat(descriptor, &stat);
}

void close_descriptor(int descriptor) {
    ::close(descriptor);
}

long long read_some(int descriptor, uint64_t offset, void * out, size_t length) {
    return ::pread(descriptor, out, length, off_t(offset));
}

#endif

class FileSource final : public ByteSource {
public:
    FileSource(int descriptor, uint64_t size, std::string name)
        : descriptor_(descriptor),
          size_(size),
          name_(std::move(name)) {}

    ~FileSource() override {
        close_descriptor(descriptor_);
    }

    FileSource(const FileSource &) = delete;
    FileSource & operator=(const FileSource &) = delete;

    uint64_t size() const override {
        return size_;
    }

    const std::string & name() const override {
        return name_;
    }

    bool read_at(uint64_t offset, void * out, size_t length) override {
        if (offset > size_ || length > size_ - offset) {
            return false;
        }
        auto * bytes = static_cast<uint8_t *>(out);
        while (length > 0) {
            const long long count = read_some(descriptor_, offset, bytes, std::min(length, kMaxRead));
            if (count < 0 && errno == EINTR) {
                continue;
            }
            if (count <= 0) {
                return false;  // an I/O error, or the file has shrunk
            }
            bytes += count;
            offset += uint64_t(count);
            length -= size_t(count);
        }
        return true;
    }

private:
    const int descriptor_;
    const uint64_t size_;
    const std::string name_;
};

class MemorySource final : public ByteSource {
public:
    explicit MemorySource(std::vector<uint8_t> owned)
        : owned_(std::move(owned)),
          bytes_(owned_.data()),
          size_(owned_.size()) {}

    MemorySource(const uint8_t * bytes, size_t length) : bytes_(bytes), size_(length) {}

    MemorySource(const MemorySource &) = delete;
    MemorySource & operator=(const MemorySource &) = delete;

    uint64_t size() const override {
        return size_;
    }

    const std::string & name() const override {
        return name_;
    }

    bool read_at(uint64_t offset, void * out, size_t length) override {
        if (offset > size_ || length > size_ - offset) {
            return false;
        }
        if (length > 0) {
            std::memcpy(out, bytes_ + offset, length);
        }
        return true;
    }

private:
    const std::vector<uint8_t> owned_;
    const uint8_t * const bytes_;
    const size_t size_;
    const std::string name_ = "<buffer>";
};

std::unique_ptr<ByteSource> refuse(OpenFailure & failure, bool missing, std::string reason) {
    failure.missing = missing;
    failure.reason = std::move(reason);
    return nullptr;
}

std::unique_ptr<ByteSource> refuse_errno(OpenFailure & failure, int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
            return refuse(failure, true,
                          "there is no such file; check the path (a relative one starts at the "
                          "current folder)");
        case EISDIR: return refuse(failure, true, "it is a folder; name a file");
        case EACCES:
        case EPERM: return refuse(failure, false, "permission denied; make it readable for this user");
        case EMFILE:
        case ENFILE: return refuse(failure, false, "too many open files; raise the limit or close some");
        case ENXIO:
        case ENODEV: return refuse(failure, false, "it is a device or a socket; name a regular file");
        default: return refuse(failure, false, "it cannot be opened: " + errno_text(error));
    }
}

}  // namespace

std::unique_ptr<ByteSource> open_regular_file(const std::string & path, OpenFailure & failure) {
    if (path.empty()) {
        return refuse(failure, true, "the path is empty; name a file");
    }
    if (path.find('\0') != std::string::npos) {
        return refuse(failure, true, "the path contains a NUL character; no file can have that name");
    }
    const int descriptor = open_descriptor(path);
    if (descriptor < 0) {
        return refuse_errno(failure, errno);
    }
    FileStat stat;
    if (stat_descriptor(descriptor, stat) != 0) {
        const int error = errno;
        close_descriptor(descriptor);
        return refuse(failure, false, "it cannot be examined: " + errno_text(error));
    }
    if (!is_regular(stat)) {
        const bool folder = is_folder(stat);
        close_descriptor(descriptor);
        return refuse(
            failure, folder,
            folder ? "it is a folder; name a file" : "it is a pipe, a socket or a device; copy its content to a file");
    }
    return std::make_unique<FileSource>(descriptor, uint64_t(stat.st_size), path);
}

std::unique_ptr<ByteSource> source_of_bytes(std::vector<uint8_t> bytes) {
    return std::make_unique<MemorySource>(std::move(bytes));
}

std::unique_ptr<ByteSource> source_of_view(const uint8_t * bytes, size_t length) {
    return std::make_unique<MemorySource>(bytes, length);
}

}  // namespace steady
