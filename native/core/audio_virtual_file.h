#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "byte_source.h"
#include "miniaudio_config.h"

namespace steady {

// A source as miniaudio wants to read it: a virtual file that starts at the first byte of interest. Its virtual file
// system is the one interface that gives decoders the position and the end of a file, as whisper-cli's has them
// (ma_decoder_init has no way to): WAV data sizes are clamped and MP3 end tags are found with it.
class VirtualFile {
public:
    VirtualFile(ByteSource & source, uint64_t start, const std::atomic<bool> * cancel);

    VirtualFile(const VirtualFile &) = delete;
    VirtualFile & operator=(const VirtualFile &) = delete;

    ma_vfs * vfs() {
        return &file_system_;
    }

    uint64_t size() const {
        return size_;
    }

    // The decoders take a failed read for the end of the audio: whoever uses them must ask.
    bool failed() const {
        return failed_;
    }

private:
    struct FileSystem {
        ma_vfs_callbacks callbacks = {};  // first: miniaudio casts
        VirtualFile * self = nullptr;
    };

    static ma_result on_open(ma_vfs * vfs, const char * path, ma_uint32 mode, ma_vfs_file * file);
    static ma_result on_close(ma_vfs * vfs, ma_vfs_file file);
    static ma_result on_read(ma_vfs * vfs, ma_vfs_file file, void * out, size_t length, size_t * count);
    static ma_result on_seek(ma_vfs * vfs, ma_vfs_file file, ma_int64 offset, ma_seek_origin origin);
    static ma_result on_tell(ma_vfs * vfs, ma_vfs_file file, ma_int64 * position);

    ma_result read(uint8_t * out, size_t length, size_t & count);
    ma_result seek(ma_int64 offset, ma_seek_origin origin);
    bool fill_window();

    ByteSource & source_;
    const uint64_t start_;
    const uint64_t size_;
    const std::atomic<bool> * const cancel_;
    FileSystem file_system_;
    uint64_t position_ = 0;
    int steps_back_ = 0;
    uint64_t window_start_ = 0;
    std::vector<uint8_t> window_;
    bool failed_ = false;
};

}  // namespace steady
