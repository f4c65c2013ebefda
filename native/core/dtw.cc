#include "dtw.h"

#include <map>
#include <set>

#include "checks.h"
#include "coded_error.h"
#include "ggml.h"
#include "whisper_access.h"

namespace steady {

namespace {

// The only model that a preset's heads are right for. Heads of another one that has as many don't align anything, and
// the times would be wrong without an error.
struct Preset {
    whisper_alignment_heads_preset id;
    int text_layers;
    int text_heads;
    int least_vocab;
    int most_vocab;
};

constexpr int kEnglish = 51864;
constexpr int kMultilingual = 51865;
constexpr int kMultilingualV3 = 51866;  // with Cantonese

// The names that whisper-cli's --dtw takes.
const std::map<std::string, Preset> kPresets = {
    {"tiny", {WHISPER_AHEADS_TINY, 4, 6, kMultilingual, kMultilingualV3}},
    {"tiny.en", {WHISPER_AHEADS_TINY_EN, 4, 6, kEnglish, kEnglish}},
    {"base", {WHISPER_AHEADS_BASE, 6, 8, kMultilingual, kMultilingualV3}},
    {"base.en", {WHISPER_AHEADS_BASE_EN, 6, 8, kEnglish, kEnglish}},
    {"small", {WHISPER_AHEADS_SMALL, 12, 12, kMultilingual, kMultilingualV3}},
    {"small.en", {WHISPER_AHEADS_SMALL_EN, 12, 12, kEnglish, kEnglish}},
    {"medium", {WHISPER_AHEADS_MEDIUM, 24, 16, kMultilingual, kMultilingualV3}},
    {"medium.en", {WHISPER_AHEADS_MEDIUM_EN, 24, 16, kEnglish, kEnglish}},
    {"large.v1", {WHISPER_AHEADS_LARGE_V1, 32, 20, kMultilingual, kMultilingual}},
    {"large.v2", {WHISPER_AHEADS_LARGE_V2, 32, 20, kMultilingual, kMultilingual}},
    {"large.v3", {WHISPER_AHEADS_LARGE_V3, 32, 20, kMultilingualV3, kMultilingualV3}},
    {"large.v3.turbo", {WHISPER_AHEADS_LARGE_V3_TURBO, 4, 20, kMultilingualV3, kMultilingualV3}},
};

[[noreturn]] void throw_invalid(const std::string & message) {
    throw CodedError("ERR_WHISPER_INVALID_ARG", message);
}

std::string describe(int text_layers, int text_heads, const std::string & vocab) {
    return std::to_string(text_layers) + " text layers of " + std::to_string(text_heads) +
           " heads and a vocabulary of " + vocab;
}

const Preset & find_preset(const std::string & name, const ModelFacts & facts) {
    const auto found = kPresets.find(name);
    if constexpr (!kChecksInput) {
        static const Preset none = {WHISPER_AHEADS_NONE, 0, 0, 0, 0};
        return found == kPresets.end() ? none : found->second;
    }
    if (found == kPresets.end()) {
        throw_invalid(
            "dtw must be one of tiny, tiny.en, base, base.en, small, small.en, medium, medium.en, "
            "large.v1, large.v2, large.v3, large.v3.turbo, or own heads; received \"" +
            name + "\"");
    }
    const Preset & preset = found->second;
    if (facts.n_text_layer != preset.text_layers || facts.n_text_head != preset.text_heads ||
        facts.n_vocab < preset.least_vocab || facts.n_vocab > preset.most_vocab) {
        const std::string most =
            preset.most_vocab == preset.least_vocab ? "" : " or " + std::to_string(preset.most_vocab);
        throw_invalid("dtw preset \"" + name + "\" is for the model of that name, with " +
                      describe(preset.text_layers, preset.text_heads, std::to_string(preset.least_vocab) + most) +
                      "; this model has " +
                      describe(facts.n_text_layer, facts.n_text_head, std::to_string(facts.n_vocab)) +
                      ": use its own preset, or dtw.heads");
    }
    return preset;
}

void check_heads(const std::vector<std::pair<int, int>> & heads, const ModelFacts & facts) {
    if constexpr (!kChecksInput) {
        return;
    }
    std::set<std::pair<int, int>> seen;
    for (const auto & [layer, head] : heads) {
        const std::string named =
            "dtw.heads names text layer " + std::to_string(layer) + ", head " + std::to_string(head);
        if (layer < 0 || layer >= facts.n_text_layer || head < 0 || head >= facts.n_text_head) {
            throw_invalid(named + ", but the model has " + std::to_string(facts.n_text_layer) + " text layers of " +
                          std::to_string(facts.n_text_head) + " heads");
        }
        if (!seen.insert({layer, head}).second) {
            throw_invalid(named + " twice");
        }
    }
}

// Returns the number of heads.
size_t select_heads(const DtwOptions & options, const ModelFacts & facts, whisper_context_params & params,
                    std::vector<whisper_ahead> & storage) {
    if (!options.preset.empty()) {
        params.dtw_aheads_preset = find_preset(options.preset, facts).id;
        return upstream::alignment_heads(params.dtw_aheads_preset).size();
    }
    if (!options.heads.empty()) {
        check_heads(options.heads, facts);
        for (const auto & [layer, head] : options.heads) {
            storage.push_back({layer, head});
        }
        params.dtw_aheads_preset = WHISPER_AHEADS_CUSTOM;
        params.dtw_aheads = {storage.size(), storage.data()};
        return storage.size();
    }
    if (kChecksInput && (options.n_top < 1 || options.n_top > facts.n_text_layer)) {
        throw_invalid("dtw.topLayers must be 1 to " + std::to_string(facts.n_text_layer) +
                      " for this model; received " + std::to_string(options.n_top));
    }
    params.dtw_aheads_preset = WHISPER_AHEADS_N_TOP_MOST;
    params.dtw_n_top = options.n_top;
    return static_cast<size_t>(options.n_top) * static_cast<size_t>(facts.n_text_head);
}

}  // namespace

// As whisper_exp_compute_token_level_timestamps_dtw and dtw_and_backtrace take it. A window has at most
// n_text_ctx / 2 - 4 text tokens (n_max in whisper_full_with_state); start of transcript, language, no-timestamps and
// end are added.
size_t dtw_pool_bytes(const ModelFacts & facts, size_t heads) {
    constexpr size_t kTensors = 32;  // there are 12, of which some are views
    const size_t tokens = static_cast<size_t>(facts.n_text_ctx) / 2 + 1;
    const size_t frames = static_cast<size_t>(facts.n_audio_ctx) + 1;
    // The heads' attention three times: copied, normalised, median-filtered. Then once for all heads: mean, scaled
    // mean, cost, trace. The path is 2 x (tokens + frames), twice.
    const size_t values = (3 * heads + 4) * tokens * frames + 4 * (tokens + frames);
    return values * sizeof(float) + kTensors * ggml_tensor_overhead() + ggml_graph_overhead();
}

void apply_dtw(const DtwOptions & options, const ModelFacts & facts, whisper_context_params & params,
               std::vector<whisper_ahead> & storage) {
    if (!options.enabled()) {
        return;
    }
    const size_t heads = select_heads(options, facts, params, storage);
    const size_t bytes = dtw_pool_bytes(facts, heads);
    if (kChecksInput && bytes > kMostDtwPoolBytes) {
        throw_invalid("dtw must align with fewer heads: " + std::to_string(heads) + " heads of this model need " +
                      std::to_string(bytes >> 20) + " MiB for each window, the limit is " +
                      std::to_string(kMostDtwPoolBytes >> 20) + " MiB");
    }
    params.dtw_token_timestamps = true;
    params.dtw_mem_size = bytes;
}

}  // namespace steady
