#pragma once

#include <cstdint>

namespace steady {

// The part of ggml's type system that a model file depends on, as plain numbers: validation must neither load nor
// trust a backend. Source: ggml/include/ggml.h (enum ggml_type, enum ggml_ftype) and ggml/src/ggml-common.h (blocks).
struct GgmlType {
    int32_t id;
    const char * name;
    uint32_t block_elements;
    uint32_t block_bytes;
};

constexpr int32_t kTypeF32 = 0;
constexpr int32_t kTypeF16 = 1;

constexpr GgmlType kGgmlTypes[] = {
    {kTypeF32, "f32", 1, 4}, {kTypeF16, "f16", 1, 2}, {2, "q4_0", 32, 18},    {3, "q4_1", 32, 20},
    {6, "q5_0", 32, 22},     {7, "q5_1", 32, 24},     {8, "q8_0", 32, 34},    {10, "q2_k", 256, 84},
    {11, "q3_k", 256, 110},  {12, "q4_k", 256, 144},  {13, "q5_k", 256, 176}, {14, "q6_k", 256, 210},
};

// Null for a type that no whisper model uses.
constexpr const GgmlType * find_ggml_type(int32_t id) {
    for (const GgmlType & type : kGgmlTypes) {
        if (type.id == id) {
            return &type;
        }
    }
    return nullptr;
}

// The value in a model's header that says how its big matrices are stored.
struct GgmlFtype {
    int32_t id;
    int32_t weight_type;          // of the big matrices
    int32_t oldest_quantization;  // lowest block layout version that today's code reads right
};

// What whisper.cpp's converters and whisper-quantize write. ggml_ftype_to_ggml_type (ggml.c) knows more, but no tool
// makes such whisper models; it aborts for what it doesn't know. Block layouts: all changed with version 1, those of
// q4_0, q4_1 and q8_0 again with version 2; the k types came after that.
constexpr GgmlFtype kGgmlFtypes[] = {
    {0, kTypeF32, 0}, {1, kTypeF16, 0}, {2, 2, 2},   {3, 3, 2},   {7, 8, 2},   {8, 6, 1},
    {9, 7, 1},        {10, 10, 2},      {11, 11, 2}, {12, 12, 2}, {13, 13, 2}, {14, 14, 2},
};

constexpr int32_t kQuantizationVersion = 2;           // GGML_QNT_VERSION
constexpr int32_t kQuantizationVersionFactor = 1000;  // GGML_QNT_VERSION_FACTOR

constexpr const GgmlFtype * find_ggml_ftype(int32_t id) {
    for (const GgmlFtype & ftype : kGgmlFtypes) {
        if (ftype.id == id) {
            return &ftype;
        }
    }
    return nullptr;
}

}  // namespace steady
