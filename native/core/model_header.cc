#include "model_header.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "ggml_types.h"
#include "model_magic.h"

namespace steady {
namespace {

using Field = ModelReader::Field;

constexpr uint8_t kMagic[] = {'l', 'm', 'g', 'g'};  // GGML_FILE_MAGIC, little-endian
constexpr int32_t kFftBins = 201;        // WHISPER_N_FFT / 2 + 1: the mel code reads that many per filter, unchecked
constexpr int32_t kReleasedState = 384;  // states of tiny, the smallest released model

struct Family {
    const char * name;
    int32_t state;
    int32_t audio_layers;
};

constexpr Family kFamilies[] = {
    {"tiny", 384, 4}, {"base", 512, 6}, {"small", 768, 12}, {"medium", 1024, 24}, {"large", 1280, 32},
};

bool is_one_of(int32_t value, std::initializer_list<int32_t> allowed) {
    return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

void check_magic(ModelReader & reader) {
    const size_t length = size_t(std::min<uint64_t>(reader.size(), 256));
    const uint8_t * start = reader.peek(length);
    if (length < sizeof(kMagic) || !std::equal(std::begin(kMagic), std::end(kMagic), start)) {
        reader.refuse(describe_foreign_file(start, length));
    }
    const std::string other = describe_other_ggml_file(start, length);
    if (!other.empty()) {
        reader.refuse(other);
    }
    reader.take("the magic number", sizeof(kMagic));
}

// Attention divides the state by the heads without a check: none at all is a division by zero.
void expect_heads(const ModelReader & reader, const Field & heads, int32_t state) {
    if (state >= kReleasedState) {
        reader.expect(heads, heads.value == state / 64, std::to_string(state / 64) + " (64 states per head)");
        return;
    }
    const bool good = heads.value > 0 && heads.value <= state && state % heads.value == 0 &&
                      is_one_of(state / heads.value, {32, 64, 128});
    reader.expect(heads, good, "32, 64 or 128 states per head of " + std::to_string(state) + " states");
}

// Prompt and decoding budgets are halves of it (whisper_full_with_state): a very short one leaves no token.
void expect_text_context(const ModelReader & reader, const Field & context, int32_t state) {
    if (state >= kReleasedState) {
        reader.expect(context, context.value == 448, "448");
        return;
    }
    reader.expect(context, context.value >= 32 && context.value <= 448 && context.value % 32 == 0,
                  "a multiple of 32 from 32 to 448");
}

std::string type_of(const ModelFacts & facts) {
    for (const Family & family : kFamilies) {
        if (facts.n_audio_state == family.state && facts.n_audio_layer == family.audio_layers) {
            return family.name;
        }
    }
    return facts.n_audio_state == 64 ? "micro" : "custom";
}

void read_audio_dimensions(ModelReader & reader, ModelFacts & facts) {
    const Field vocab = reader.take_field("n_vocab");
    // The token ids of specials, languages and timestamps follow from these three values (whisper_vocab).
    reader.expect(vocab, is_one_of(vocab.value, {51864, 51865, 51866}), "51864, 51865 or 51866");
    const Field context = reader.take_field("n_audio_ctx");
    reader.expect(context, context.value == 1500, "1500");
    const Field state = reader.take_field("n_audio_state");
    reader.expect(state, is_one_of(state.value, {64, 128, 192, 256, 384, 512, 768, 1024, 1280}),
                  "one of 64, 128, 192, 256, 384, 512, 768, 1024, 1280");
    const Field heads = reader.take_field("n_audio_head");
    expect_heads(reader, heads, state.value);
    const Field layers = reader.take_field("n_audio_layer");
    reader.expect(layers, is_one_of(layers.value, {4, 6, 12, 24, 32}), "one of 4, 6, 12, 24, 32");

    facts.n_vocab = vocab.value;
    facts.multilingual = vocab.value >= 51865;  // whisper_vocab::is_multilingual
    facts.n_audio_ctx = context.value;
    facts.n_audio_state = state.value;
    facts.n_audio_head = heads.value;
    facts.n_audio_layer = layers.value;
    facts.type = type_of(facts);
}

void read_text_dimensions(ModelReader & reader, ModelFacts & facts) {
    const Field context = reader.take_field("n_text_ctx");
    expect_text_context(reader, context, facts.n_audio_state);
    // Cross attention multiplies the one with the other: upstream only asserts this, in debug builds.
    const Field state = reader.take_field("n_text_state");
    reader.expect(state, state.value == facts.n_audio_state, std::to_string(facts.n_audio_state) + " (n_audio_state)");
    const Field heads = reader.take_field("n_text_head");
    reader.expect(heads, heads.value == facts.n_audio_head, std::to_string(facts.n_audio_head) + " (n_audio_head)");
    const Field layers = reader.take_field("n_text_layer");
    reader.expect(layers, layers.value >= 1 && layers.value <= 32, "1 to 32");
    const Field mels = reader.take_field("n_mels");
    reader.expect(mels, is_one_of(mels.value, {80, 128}), "80 or 128");

    facts.n_text_ctx = context.value;
    facts.n_text_state = state.value;
    facts.n_text_head = heads.value;
    facts.n_text_layer = layers.value;
    facts.n_mels = mels.value;
}

// Returns the ggml type of the big matrices.
int32_t read_ftype(ModelReader & reader, ModelFacts & facts) {
    const Field field = reader.take_field("ftype");
    const int32_t version = field.value / kQuantizationVersionFactor;
    facts.ftype = field.value % kQuantizationVersionFactor;
    const GgmlFtype * known = field.value < 0 ? nullptr : find_ggml_ftype(facts.ftype);
    // ggml_ftype_to_ggml_type aborts the process for a value that it doesn't know.
    reader.expect(field, known != nullptr && version <= kQuantizationVersion,
                  "0 (f32), 1 (f16), or 2, 3, 7 to 14 (what whisper-quantize writes), plus 1000 x block version");
    if (version < known->oldest_quantization) {
        reader.refuse("ftype at byte " + std::to_string(field.at) + " is " + std::to_string(field.value) +
                      ": quantized with block version " + std::to_string(version) + ", expected " +
                      std::to_string(known->oldest_quantization) + " or newer; quantize it again with a current " +
                      "whisper.cpp");
    }
    facts.quantization = find_ggml_type(known->weight_type)->name;
    return known->weight_type;
}

void read_filters(ModelReader & reader, const ModelFacts & facts) {
    const Field mels = reader.take_field("filters.n_mel");
    // The loader doesn't compare them; the mel code then reads past the end of the filters.
    reader.expect(mels, mels.value == facts.n_mels, std::to_string(facts.n_mels) + " (n_mels)");
    const Field bins = reader.take_field("filters.n_fft");
    reader.expect(bins, bins.value == kFftBins, std::to_string(kFftBins));
    reader.take("the mel filters", size_t(mels.value) * size_t(bins.value) * sizeof(float));
}

}  // namespace

ModelHeader read_model_header(ModelReader & reader) {
    ModelHeader header;
    check_magic(reader);
    read_audio_dimensions(reader, header.facts);
    read_text_dimensions(reader, header.facts);
    header.weight_type = read_ftype(reader, header.facts);
    read_filters(reader, header.facts);
    return header;
}

ModelFacts read_facts_unchecked(ModelSource & source) {
    std::array<int32_t, 12> header{};  // the magic number first
    source.read_at(0, header.data(), size_t(std::min<uint64_t>(source.size(), sizeof(header))));
    ModelFacts facts;
    facts.type = "unchecked";
    facts.quantization = "unchecked";
    facts.n_vocab = header[1];
    facts.multilingual = facts.n_vocab >= 51865;
    facts.n_audio_ctx = header[2];
    facts.n_audio_state = header[3];
    facts.n_audio_head = header[4];
    facts.n_audio_layer = header[5];
    facts.n_text_ctx = header[6];
    facts.n_text_state = header[7];
    facts.n_text_head = header[8];
    facts.n_text_layer = header[9];
    facts.n_mels = header[10];
    facts.ftype = header[11];
    return facts;
}

}  // namespace steady
