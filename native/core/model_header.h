#pragma once

#include <cstdint>

#include "model_file.h"
#include "model_reader.h"

namespace steady {

struct ModelHeader {
    ModelFacts facts;
    int32_t weight_type;  // ggml type of the big matrices
};

// Reads and checks what comes before the vocabulary: magic number, dimensions, mel filters.
ModelHeader read_model_header(ModelReader & reader);

}  // namespace steady
