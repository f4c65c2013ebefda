#pragma once

#include <string>
#include <vector>

#include "backend.h"

namespace steady {

// Loads the GPU backend in the file `path` and has each of its devices multiply two small matrices, as whisper.cpp does
// (f16 weights, f32 activations): that a driver lists a device doesn't mean that this build has code for it, or that it
// computes. Many failures end the process (ggml aborts when a CUDA call fails), so this is for a process that has
// nothing else to do. Any thread.
// Returns the devices. Throws CodedError ERR_WHISPER_BACKEND_UNAVAILABLE.
std::vector<DeviceInfo> try_gpu_backend(const std::string & path);

// The trial itself, on any device by ggml's name ("CPU", "CUDA0").
void try_device(const std::string & name);

}  // namespace steady
