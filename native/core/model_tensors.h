#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "ggml_types.h"
#include "model_file.h"

namespace steady {

struct ExpectedTensor {
    int32_t type = kTypeF32;
    std::array<int32_t, 3> shape = {1, 1, 1};  // ggml's order: the fastest running dimension first
};

// The tensors that whisper.cpp creates for these dimensions, by name, exactly as it does (whisper_model_load in
// whisper.cpp, "prepare tensors for the weights"; names: whisper-arch.h). `weight_type` is the type of the big
// matrices.
std::map<std::string, ExpectedTensor> expected_tensors(const ModelFacts & facts, int32_t weight_type);

// Bytes of a tensor's data. 0 if a row does not consist of whole blocks: ggml's own row size would then be wrong.
uint64_t tensor_bytes(const ExpectedTensor & tensor);

}  // namespace steady
