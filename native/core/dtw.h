#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "model_file.h"
#include "whisper.h"

namespace steady {

// Which decoder heads align tokens with audio (dynamic time warping): a preset by whisper-cli's names ("tiny.en",
// "large.v3.turbo", ...), a list of own (text layer, head) pairs, or the heads of the N top-most text layers.
struct DtwOptions {
    std::string preset;
    std::vector<std::pair<int, int>> heads;
    int n_top = 0;

    bool enabled() const {
        return !preset.empty() || !heads.empty() || n_top > 0;
    }
};

// Bytes that whisper.cpp's alignment pass takes from its pool (whisper_context_params.dtw_mem_size) for a full window
// with as many tokens as a window can have. It ends the process when a pool is too small.
size_t dtw_pool_bytes(const ModelFacts & facts, size_t heads);

// Fills the DTW fields of `params`; `storage` must live as long as they are used. Throws CodedError
// ERR_WHISPER_INVALID_ARG for an unknown preset or one of another model, for heads that this model doesn't have (those
// crash upstream) or that are named twice, and for more heads than a pool of kMostDtwPoolBytes has room for.
void apply_dtw(const DtwOptions & options, const ModelFacts & facts, whisper_context_params & params,
               std::vector<whisper_ahead> & storage);

// The pool is taken anew for each window, and the process ends where the system doesn't give it.
constexpr size_t kMostDtwPoolBytes = size_t{2} << 30;

}  // namespace steady
