#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "byte_source.h"

namespace steady {

// Where a model's bytes come from: one file that was opened once (validation and loading read through the same
// descriptor, so that renaming or replacing the file in between changes nothing), or a copy of a caller's buffer.
using ModelSource = ByteSource;

// Throws CodedError: ERR_WHISPER_MODEL_NOT_FOUND (no such file, a folder), ERR_WHISPER_MODEL_READ (no permission,
// a pipe or device, I/O error). `path` is UTF-8 on every platform.
std::unique_ptr<ModelSource> open_model_file(const std::string & path);

std::unique_ptr<ModelSource> model_from_bytes(std::vector<uint8_t> bytes);

}  // namespace steady
