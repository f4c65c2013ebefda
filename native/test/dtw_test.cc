// Alignment of tokens with audio: which heads may do it, how much memory that takes, and whose time it is.

#include "dtw.h"

#include <algorithm>
#include <cstring>

#include "ggml_types.h"
#include "session.h"
#include "whisper_access.h"

namespace steady::check {
namespace {

ModelFacts facts_of(int text_layers, int text_heads, int n_vocab) {
    ModelFacts facts;
    facts.n_vocab = n_vocab;
    facts.multilingual = n_vocab > 51864;
    facts.n_audio_ctx = 1500;
    facts.n_text_ctx = 448;
    facts.n_text_layer = text_layers;
    facts.n_text_head = text_heads;
    return facts;
}

whisper_context_params apply(const DtwOptions & options, const ModelFacts & facts) {
    whisper_context_params params = whisper_context_default_params();
    std::vector<whisper_ahead> storage;
    apply_dtw(options, facts, params, storage);
    return params;
}

whisper_context_params apply_preset(const std::string & preset, const ModelFacts & facts) {
    DtwOptions options;
    options.preset = preset;
    return apply(options, facts);
}

struct Released {
    const char * preset;
    whisper_alignment_heads_preset id;
    int text_layers;
    int text_heads;
    int n_vocab;
};

constexpr Released kReleased[] = {
    {"tiny", WHISPER_AHEADS_TINY, 4, 6, 51865},
    {"tiny.en", WHISPER_AHEADS_TINY_EN, 4, 6, 51864},
    {"base", WHISPER_AHEADS_BASE, 6, 8, 51865},
    {"base.en", WHISPER_AHEADS_BASE_EN, 6, 8, 51864},
    {"small", WHISPER_AHEADS_SMALL, 12, 12, 51865},
    {"small.en", WHISPER_AHEADS_SMALL_EN, 12, 12, 51864},
    {"medium", WHISPER_AHEADS_MEDIUM, 24, 16, 51865},
    {"medium.en", WHISPER_AHEADS_MEDIUM_EN, 24, 16, 51864},
    {"large.v1", WHISPER_AHEADS_LARGE_V1, 32, 20, 51865},
    {"large.v2", WHISPER_AHEADS_LARGE_V2, 32, 20, 51865},
    {"large.v3", WHISPER_AHEADS_LARGE_V3, 32, 20, 51866},
    {"large.v3.turbo", WHISPER_AHEADS_LARGE_V3_TURBO, 4, 20, 51866},
};

TEST("dtw: each preset is accepted for the released model of its name, and for no other") {
    for (const Released & model : kReleased) {
        const ModelFacts facts = facts_of(model.text_layers, model.text_heads, model.n_vocab);
        for (const Released & other : kReleased) {
            const bool same = other.text_layers == model.text_layers && other.text_heads == model.text_heads &&
                              other.n_vocab == model.n_vocab;  // v1 and v2 have the same dimensions
            if (same) {
                const whisper_context_params params = apply_preset(other.preset, facts);
                CHECK(params.dtw_token_timestamps);
                CHECK_EQ(params.dtw_aheads_preset, other.id);
            } else {
                CHECK_THROWS_CODE_WITH(apply_preset(other.preset, facts), "ERR_WHISPER_INVALID_ARG",
                                       "\"" + std::string(other.preset) + "\" is for the model of that name");
            }
        }
        for (const auto & [layer, head] : upstream::alignment_heads(model.id)) {
            CHECK(layer < model.text_layers && head < model.text_heads);
        }
    }
}

TEST("dtw: the error for another model's preset says what it is for and what the model has") {
    const ModelFacts tiny_en = facts_of(4, 6, 51864);
    CHECK_THROWS_CODE_WITH(apply_preset("tiny", tiny_en), "ERR_WHISPER_INVALID_ARG",
                           "4 text layers of 6 heads and a vocabulary of 51865 or 51866; this model has 4 text layers "
                           "of 6 heads and a vocabulary of 51864");
    CHECK_THROWS_CODE_WITH(apply_preset("base.en", tiny_en), "ERR_WHISPER_INVALID_ARG",
                           "6 text layers of 8 heads and a vocabulary of 51864;");
    CHECK_THROWS_CODE_WITH(apply_preset("tiny.de", tiny_en), "ERR_WHISPER_INVALID_ARG", "received \"tiny.de\"");
}

TEST("dtw: heads are named once, and exist") {
    DtwOptions options;
    options.heads = {{3, 5}, {0, 0}, {3, 5}};
    CHECK_THROWS_CODE_WITH(apply(options, facts_of(4, 6, 51865)), "ERR_WHISPER_INVALID_ARG",
                           "names text layer 3, head 5 twice");
    options.heads = {{3, 6}};
    CHECK_THROWS_CODE_WITH(apply(options, facts_of(4, 6, 51865)), "ERR_WHISPER_INVALID_ARG", "of 6 heads");
    options.heads.clear();
    for (const int layers : {5, -1}) {
        options.n_top = layers;
        if (options.enabled()) {
            CHECK_THROWS_CODE_WITH(apply(options, facts_of(4, 6, 51865)), "ERR_WHISPER_INVALID_ARG", "topLayers");
        }
    }
}

TEST("dtw: the pool grows with heads and context, and has a limit that says the number of heads") {
    DtwOptions options;
    options.heads = {{0, 0}};
    const ModelFacts large = facts_of(32, 20, 51866);
    const size_t one = apply(options, large).dtw_mem_size;
    // A window of 224 tokens and 1500 frames: at least three copies for each head, and four more.
    constexpr size_t kWindow = size_t{224} * 1500 * sizeof(float);
    CHECK(one >= 7 * kWindow && one < 8 * kWindow);
    options.heads.clear();
    options.n_top = 16;  // the default of openai/whisper: the upper half of the layers
    const size_t half = apply(options, large).dtw_mem_size;
    CHECK(half >= (3 * 320 + 4) * kWindow && half <= kMostDtwPoolBytes);
    options.n_top = 32;
    CHECK_THROWS_CODE_WITH(apply(options, large), "ERR_WHISPER_INVALID_ARG", "640 heads of this model need 2");
    ModelFacts short_context = large;
    short_context.n_text_ctx = 192;
    CHECK(apply(options, short_context).dtw_mem_size < kMostDtwPoolBytes);
}

// The micro model with other numbers of text layers (copies of its own) and text positions. To it all tokens are equally
// probable, so that the first one that may come does.
class DullModel {
public:
    static std::vector<uint8_t> make(size_t text_layers, size_t text_context) {
        return DullModel(read_file(micro_model()), text_layers, text_context).bytes_;
    }

private:
    static constexpr size_t kTextContextAt = 24;  // in the header
    static constexpr size_t kTextLayersAt = 36;
    static constexpr size_t kVocabAt = 48 + 8 + size_t{80} * 201 * 4;

    DullModel(const std::vector<uint8_t> & micro, size_t text_layers, size_t text_context)
        : micro_(micro),
          layers_(text_layers),
          context_(text_context) {
        const size_t layers = get(kTextLayersAt);
        size_t at = kVocabAt + 4;
        for (size_t i = 0, words = get(kVocabAt); i < words; ++i) {
            at += 4 + get(at);
        }
        append(0, at);
        put(kTextContextAt, context_);
        put(kTextLayersAt, layers_);
        while (at < micro_.size()) {
            at = copy_tensor(at, layers);
        }
    }

    // Returns where the next one begins.
    size_t copy_tensor(size_t at, size_t layers) {
        const size_t dims = get(at);
        const size_t data = at + 12 + 4 * dims + get(at + 4);
        const std::string name(micro_.begin() + static_cast<long>(at + 12 + 4 * dims),
                               micro_.begin() + static_cast<long>(data));
        size_t elements = 1;
        for (size_t i = 0; i < dims; ++i) {
            elements *= get(at + 12 + 4 * i);
        }
        const GgmlType & type = *find_ggml_type(static_cast<int32_t>(get(at + 8)));
        const size_t end = data + elements / type.block_elements * type.block_bytes;
        if (name == "decoder.positional_embedding") {
            const size_t record = bytes_.size();
            append(at, data);
            put(record + 12 + 4, context_);
            const size_t bytes = context_ * (end - data) / get(at + 12 + 4);
            for (size_t left = bytes; left > 0; left -= std::min(left, end - data)) {
                append(data, data + std::min(left, end - data));
            }
            return end;
        }
        append(at, end);
        if (name == "decoder.ln.weight" || name == "decoder.ln.bias") {
            std::fill(bytes_.end() - static_cast<long>(end - data), bytes_.end(), uint8_t{0});
        }
        const std::string first = "decoder.blocks.0.";
        if (name.compare(0, first.size(), first) == 0) {
            for (size_t layer = layers; layer < layers_; ++layer) {
                const std::string copy = "decoder.blocks." + std::to_string(layer) + "." + name.substr(first.size());
                const size_t record = bytes_.size();
                append(at, at + 12 + 4 * dims);
                put(record + 4, copy.size());
                bytes_.insert(bytes_.end(), copy.begin(), copy.end());
                append(data, end);
            }
        }
        return end;
    }

    size_t get(size_t at) const {
        int32_t value = 0;
        std::memcpy(&value, micro_.data() + at, sizeof(value));
        return static_cast<size_t>(value);
    }
    void put(size_t at, size_t value) {
        const auto number = static_cast<int32_t>(value);
        std::memcpy(bytes_.data() + at, &number, sizeof(number));
    }
    void append(size_t from, size_t to) {
        bytes_.insert(bytes_.end(), micro_.begin() + static_cast<long>(from), micro_.begin() + static_cast<long>(to));
    }

    const std::vector<uint8_t> & micro_;
    const size_t layers_;
    const size_t context_;
    std::vector<uint8_t> bytes_;
};

// A full window whose text is `words` times the same word, aligned by all heads of all layers.
void check_full_window(std::vector<uint8_t> model, int text_layers, size_t words) {
    static const std::atomic<bool> never{false};
    ContextOptions options = on_cpu();
    options.flash_attention = false;
    options.dtw.n_top = text_layers;
    Session session(Context::load(model_from_bytes(std::move(model)), options, never));
    whisper_context * context = session.context->handle();

    JobParams params;
    params.no_timestamps = true;
    params.temperature_inc = 0.0f;
    params.grammar_penalty = 10000.0f;
    params.grammar = "root ::= \"";
    for (size_t i = 0; i < words; ++i) {
        params.grammar += " one";
    }
    params.grammar += "\"";
    for (whisper_token id = 0; id < whisper_n_vocab(context); ++id) {
        if (id != whisper_token_eot(context) && std::strcmp(whisper_token_to_str(context, id), " one") != 0) {
            params.suppress_tokens.push_back(id);
        }
    }
    auto audio = speech("long-75s.wav");
    audio.resize(size_t{30} * 16000);
    const JobResult result = transcribe(*session.create_state(), audio, params);
    REQUIRE(result.segments.size() == 1);
    const std::vector<Token> & tokens = result.segments[0].tokens;
    REQUIRE(tokens.size() == words + 1);  // and the end of text
    for (size_t i = 0; i < words; ++i) {
        const int64_t earlier = i == 0 ? 0 : tokens[i - 1].dtw_ms;
        CHECK(tokens[i].dtw_ms >= earlier && tokens[i].dtw_ms <= 30000);
    }
}

TEST("dtw: the pool is large enough for as many tokens as a window can have") {
    LONG_WITHOUT_RACES();
    // whisper_full_with_state's n_max, the last of which is the end of text
    check_full_window(DullModel::make(3, 96), 3, 96 / 2 - 4 - 1);
}

TEST("dtw: heads and tokens that upstream's default pool of 128 MiB is too small for") {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    SKIP("its median filter takes minutes here");
#else
    check_full_window(DullModel::make(32, 448), 32, 117);
#endif
}

ContextOptions with_heads(const std::vector<std::pair<int, int>> & heads) {
    ContextOptions options = on_cpu();
    options.flash_attention = false;
    options.dtw.heads = heads;
    return options;
}

double phases(const JobTiming & timing) {
    return timing.mel_ms + timing.detect_ms + timing.encode_ms + timing.prompt_ms + timing.decode_ms +
           timing.sample_ms + timing.align_ms;
}

TEST("dtw: the alignment's time is a phase of its own, in every window") {
    LONG_WITHOUT_RACES();
    const std::vector<std::pair<int, int>> all = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 0}, {2, 1}};
    auto audio = speech("long-75s.wav");
    audio.resize(size_t{40} * 16000);  // two windows
    JobParams params;
    params.temperature_inc = 0.0f;
    params.n_max_text_ctx = 0;  // prompts of three tokens

    Session with(load(with_heads(all)));
    const JobTiming timing = transcribe(*with.create_state(), audio, params).timing;
    CHECK(timing.align_ms > 0);
    // A decoder pass over each window's whole text, and far more besides: the prompts are nothing against it.
    CHECK(timing.prompt_ms < timing.align_ms);
    CHECK(phases(timing) <= timing.wall_ms * 1.01);

    // Also in the last window, which has no encoder pass after it.
    const JobTiming single = transcribe(*with.create_state(), speech("en-09.wav"), params).timing;
    CHECK_EQ(single.windows, 1);
    CHECK(single.align_ms > 0);
    CHECK(phases(single) <= single.wall_ms * 1.01);

    ContextOptions plain = on_cpu();
    plain.flash_attention = false;
    Session without(load(plain));
    CHECK_EQ(transcribe(*without.create_state(), speech("en-00.wav"), params).timing.align_ms, 0);
}

TEST("dtw: without timestamps words are aligned from the window's start too") {
    LONG_WITHOUT_RACES();
    Session session(load(with_heads({{1, 0}})));
    const auto state = session.create_state();
    JobParams params;
    params.no_timestamps = true;
    const JobResult stamped = transcribe(*state, speech("en-03.wav"));
    const JobResult result = transcribe(*state, speech("en-03.wav"), params);
    REQUIRE(stamped.segments.size() == 1 && result.segments.size() == 1);
    CHECK_EQ(result.segments[0].text, stamped.segments[0].text);
    CHECK_EQ(result.segments[0].tokens[0].dtw_ms, stamped.segments[0].tokens[0].dtw_ms);
    for (const Token & token : result.segments[0].tokens) {
        CHECK(token.dtw_ms == -1 || (token.dtw_ms >= 0 && token.dtw_ms <= 30000));
    }
}

TEST("dtw: what its pass over a window can't take is refused") {
    ContextInfo info = load(with_heads({{1, 0}}))->info();
    const auto accepted = [&](const JobParams & params) {
        try {
            check_params(params, info);
            return true;
        } catch (const CodedError &) {
            return false;
        }
    };
    JobParams params;
    params.audio_ctx = 256;
    CHECK_THROWS_CODE_WITH(check_params(params, info), "ERR_WHISPER_INVALID_ARG", "audioContext");

    // A window that may end with a word.
    JobParams words;
    words.max_tokens = 1;
    CHECK(accepted(words));
    words.no_timestamps = true;
    CHECK_THROWS_CODE_WITH(check_params(words, info), "ERR_WHISPER_INVALID_ARG", "maxTokens");
    words.no_timestamps = false;
    words.single_segment = true;
    CHECK_THROWS_CODE_WITH(check_params(words, info), "ERR_WHISPER_INVALID_ARG", "maxTokens");
    words.max_tokens = 0;
    CHECK(accepted(words));
    words.no_timestamps = true;
    CHECK(accepted(words));

    // Upstream switches timestamps off for the first distilled models.
    JobParams limited;
    limited.max_tokens = 1;
    info.model.n_text_layer = 2;
    CHECK(!accepted(limited));
    info.model.n_vocab = 51866;
    CHECK(accepted(limited));
    info.model.n_text_layer = 3;
    info.dtw = false;
    limited.no_timestamps = limited.single_segment = true;
    CHECK(accepted(limited));
}

}  // namespace
}  // namespace steady::check
