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

// Without checks (checks.h): the dimensions as they are, zeros where the file ends before them.
ModelFacts read_facts_unchecked(ModelSource & source);

}  // namespace steady
