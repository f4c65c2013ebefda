#pragma once

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

// Fills the DTW fields of `params`; `storage` must live as long as they are used. Throws CodedError
// ERR_WHISPER_INVALID_ARG for an unknown preset, or heads that this model doesn't have: those crash upstream.
void apply_dtw(const DtwOptions & options, const ModelFacts & facts, whisper_context_params & params,
               std::vector<whisper_ahead> & storage);

}  // namespace steady
