#include "audio_virtual_file.h"

#include <algorithm>

namespace steady {
namespace {

constexpr size_t kReadAhead = 64 * 1024;
// One for each "fmt " chunk whose inner length says more than its outer one. Real files have one such chunk.
constexpr int kMostStepsBack = 16;

}  // namespace

VirtualFile::VirtualFile(ByteSource & source, uint64_t start, const std::atomic<bool> * cancel)
    : source_(source),
      start_(start),
      size_(source.size() - start),
      cancel_(cancel) {
    file_system_.callbacks.onOpen = on_open;
    file_system_.callbacks.onClose = on_close;
    file_system_.callbacks.onRead = on_read;
    file_system_.callbacks.onSeek = on_seek;
    file_system_.callbacks.onTell = on_tell;
    file_system_.self = this;
    window_.reserve(kReadAhead);  // so that no callback throws through the decoder
}

ma_result VirtualFile::on_open(ma_vfs * vfs, const char *, ma_uint32, ma_vfs_file * file) {
    *file = static_cast<FileSystem *>(vfs)->self;
    return MA_SUCCESS;
}

ma_result VirtualFile::on_close(ma_vfs *, ma_vfs_file) {
    return MA_SUCCESS;
}

ma_result VirtualFile::on_read(ma_vfs *, ma_vfs_file file, void * out, size_t length, size_t * count) {
    return static_cast<VirtualFile *>(file)->read(static_cast<uint8_t *>(out), length, *count);
}

ma_result VirtualFile::on_seek(ma_vfs *, ma_vfs_file file, ma_int64 offset, ma_seek_origin origin) {
    return static_cast<VirtualFile *>(file)->seek(offset, origin);
}

ma_result VirtualFile::on_tell(ma_vfs *, ma_vfs_file file, ma_int64 * position) {
    *position = ma_int64(static_cast<VirtualFile *>(file)->position_);
    return MA_SUCCESS;
}

ma_result VirtualFile::read(uint8_t * out, size_t length, size_t & count) {
    count = 0;
    if (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed)) {
        return MA_CANCELLED;  // a search for frames can go through a whole file without giving samples
    }
    const size_t wanted = size_t(std::min<uint64_t>(length, size_ - position_));
    while (count < wanted) {
        if (!fill_window()) {
            failed_ = true;
            return MA_IO_ERROR;
        }
        const size_t within = size_t(position_ - window_start_);
        const size_t part = std::min(wanted - count, window_.size() - within);
        std::copy_n(window_.data() + within, part, out + count);
        count += part;
        position_ += part;
    }
    return wanted == 0 && length > 0 ? MA_AT_END : MA_SUCCESS;
}

// Some decoders read single bytes.
bool VirtualFile::fill_window() {
    if (position_ >= window_start_ && position_ < window_start_ + window_.size()) {
        return true;
    }
    window_.resize(size_t(std::min<uint64_t>(kReadAhead, size_ - position_)));
    window_start_ = position_;
    if (failed_ || !source_.read_at(start_ + position_, window_.data(), window_.size())) {
        window_.clear();
        return false;
    }
    return true;
}

// Beyond the end is an error, unlike with fseek: decoders that skip a chunk of a lying size stop there, instead of
// counting up to 2^64 in steps of 2^31. So is the seventeenth step back: the WAV decoder takes the size of a "fmt "
// chunk for a signed number, and with the right one comes back to the same chunk for ever.
ma_result VirtualFile::seek(ma_int64 offset, ma_seek_origin origin) {
    const int64_t size = int64_t(size_);
    int64_t base = 0;
    if (origin == ma_seek_origin_current) {
        base = int64_t(position_);
    } else if (origin == ma_seek_origin_end) {
        base = size;
    }
    if (offset < -base || offset > size - base) {
        return MA_BAD_SEEK;
    }
    if (origin == ma_seek_origin_current && offset < 0 && ++steps_back_ > kMostStepsBack) {
        return MA_BAD_SEEK;
    }
    position_ = uint64_t(base + offset);
    return MA_SUCCESS;
}

}  // namespace steady
