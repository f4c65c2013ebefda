#include "model_source.h"

#include <utility>

#include "coded_error.h"

namespace steady {

std::unique_ptr<ModelSource> open_model_file(const std::string & path) {
    OpenFailure failure;
    std::unique_ptr<ModelSource> source = open_regular_file(path, failure);
    if (source == nullptr) {
        throw CodedError(failure.missing ? "ERR_WHISPER_MODEL_NOT_FOUND" : "ERR_WHISPER_MODEL_READ",
                         "model '" + path + "': " + failure.reason);
    }
    return source;
}

std::unique_ptr<ModelSource> model_from_bytes(std::vector<uint8_t> bytes) {
    return source_of_bytes(std::move(bytes));
}

}  // namespace steady
