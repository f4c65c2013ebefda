#include "model_tensors.h"

namespace steady {
namespace {

class TensorTable {
public:
    TensorTable(const ModelFacts & facts, int32_t weight_type)
        : facts_(facts),
          weight_type_(weight_type),
          // "conv type" in whisper_model_load: convolutions are never quantised
          conv_type_(weight_type == kTypeF32 ? kTypeF32 : kTypeF16) {}

    std::map<std::string, ExpectedTensor> build() {
        const int32_t state = facts_.n_audio_state;
        add("encoder.positional_embedding", kTypeF32, state, facts_.n_audio_ctx);
        add("encoder.conv1.weight", conv_type_, 3, facts_.n_mels, state);
        add("encoder.conv1.bias", kTypeF32, 1, state);
        add("encoder.conv2.weight", conv_type_, 3, state, state);
        add("encoder.conv2.bias", kTypeF32, 1, state);
        add_norm("encoder.ln_post", state);
        for (int32_t i = 0; i < facts_.n_audio_layer; ++i) {
            const std::string block = "encoder.blocks." + std::to_string(i) + ".";
            add_attention(block + "attn", state);
            add_mlp(block, state);
        }

        const int32_t text_state = facts_.n_text_state;
        add("decoder.positional_embedding", kTypeF32, text_state, facts_.n_text_ctx);
        add("decoder.token_embedding.weight", weight_type_, text_state, facts_.n_vocab);
        add_norm("decoder.ln", text_state);
        for (int32_t i = 0; i < facts_.n_text_layer; ++i) {
            const std::string block = "decoder.blocks." + std::to_string(i) + ".";
            add_attention(block + "attn", text_state);
            add_attention(block + "cross_attn", text_state);
            add_mlp(block, text_state);
        }
        return std::move(table_);
    }

private:
    void add(const std::string & name, int32_t type, int32_t ne0, int32_t ne1 = 1, int32_t ne2 = 1) {
        table_[name] = {type, {ne0, ne1, ne2}};
    }

    void add_norm(const std::string & name, int32_t state) {
        add(name + ".weight", kTypeF32, state);
        add(name + ".bias", kTypeF32, state);
    }

    void add_linear(const std::string & name, int32_t in, int32_t out, bool bias = true) {
        add(name + ".weight", weight_type_, in, out);
        if (bias) {
            add(name + ".bias", kTypeF32, out);
        }
    }

    void add_attention(const std::string & name, int32_t state) {
        add_norm(name + "_ln", state);
        add_linear(name + ".query", state, state);
        add_linear(name + ".key", state, state, false);
        add_linear(name + ".value", state, state);
        add_linear(name + ".out", state, state);
    }

    void add_mlp(const std::string & block, int32_t state) {
        add_norm(block + "mlp_ln", state);
        add_linear(block + "mlp.0", state, 4 * state);
        add_linear(block + "mlp.2", 4 * state, state);
    }

    const ModelFacts & facts_;
    const int32_t weight_type_;
    const int32_t conv_type_;
    std::map<std::string, ExpectedTensor> table_;
};

}  // namespace

std::map<std::string, ExpectedTensor> expected_tensors(const ModelFacts & facts, int32_t weight_type) {
    return TensorTable(facts, weight_type).build();
}

uint64_t tensor_bytes(const ExpectedTensor & tensor) {
    const GgmlType * type = find_ggml_type(tensor.type);
    if (type == nullptr || uint32_t(tensor.shape[0]) % type->block_elements != 0) {
        return 0;
    }
    // No overflow: dimensions are bounded (state <= 1280, vocabulary <= 51866), a product is below 2^33 bytes.
    const uint64_t rows = uint64_t(tensor.shape[1]) * uint64_t(tensor.shape[2]);
    return uint64_t(tensor.shape[0]) / type->block_elements * type->block_bytes * rows;
}

}  // namespace steady
