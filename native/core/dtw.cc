#include "dtw.h"

#include <map>

#include "coded_error.h"
#include "whisper_access.h"

namespace steady {

namespace {

// The names that whisper-cli's --dtw takes.
const std::map<std::string, whisper_alignment_heads_preset> kPresets = {
    {"tiny", WHISPER_AHEADS_TINY},         {"tiny.en", WHISPER_AHEADS_TINY_EN},
    {"base", WHISPER_AHEADS_BASE},         {"base.en", WHISPER_AHEADS_BASE_EN},
    {"small", WHISPER_AHEADS_SMALL},       {"small.en", WHISPER_AHEADS_SMALL_EN},
    {"medium", WHISPER_AHEADS_MEDIUM},     {"medium.en", WHISPER_AHEADS_MEDIUM_EN},
    {"large.v1", WHISPER_AHEADS_LARGE_V1}, {"large.v2", WHISPER_AHEADS_LARGE_V2},
    {"large.v3", WHISPER_AHEADS_LARGE_V3}, {"large.v3.turbo", WHISPER_AHEADS_LARGE_V3_TURBO},
};

[[noreturn]] void throw_invalid(const std::string & message) {
    throw CodedError("ERR_WHISPER_INVALID_ARG", message);
}

void check_heads(const std::vector<std::pair<int, int>> & heads, const std::string & what, const ModelFacts & facts) {
    for (const auto & [layer, head] : heads) {
        if (layer < 0 || layer >= facts.n_text_layer || head < 0 || head >= facts.n_text_head) {
            throw_invalid(what + " names text layer " + std::to_string(layer) + ", head " + std::to_string(head) +
                          ", but the model has " + std::to_string(facts.n_text_layer) + " text layers of " +
                          std::to_string(facts.n_text_head) + " heads");
        }
    }
}

}  // namespace

void apply_dtw(const DtwOptions & options, const ModelFacts & facts, whisper_context_params & params,
               std::vector<whisper_ahead> & storage) {
    if (!options.enabled()) {
        return;
    }
    params.dtw_token_timestamps = true;
    if (!options.preset.empty()) {
        const auto found = kPresets.find(options.preset);
        if (found == kPresets.end()) {
            throw_invalid(
                "dtw must be one of tiny, tiny.en, base, base.en, small, small.en, medium, medium.en, "
                "large.v1, large.v2, large.v3, large.v3.turbo, or own heads; received \"" +
                options.preset + "\"");
        }
        check_heads(upstream::alignment_heads(found->second), "dtw preset \"" + options.preset + "\"", facts);
        params.dtw_aheads_preset = found->second;
    } else if (!options.heads.empty()) {
        check_heads(options.heads, "dtw.heads", facts);
        for (const auto & [layer, head] : options.heads) {
            storage.push_back({layer, head});
        }
        params.dtw_aheads_preset = WHISPER_AHEADS_CUSTOM;
        params.dtw_aheads = {storage.size(), storage.data()};
    } else {
        if (options.n_top < 1 || options.n_top > facts.n_text_layer) {
            throw_invalid("dtw.topLayers must be 1 to " + std::to_string(facts.n_text_layer) +
                          " for this model; received " + std::to_string(options.n_top));
        }
        params.dtw_aheads_preset = WHISPER_AHEADS_N_TOP_MOST;
        params.dtw_n_top = options.n_top;
    }
}

}  // namespace steady
