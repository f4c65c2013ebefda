// libFuzzer: any bytes as a model file, and a real model with some of its bytes changed. Refused, or accepted: then
// the loader's reads must give back exactly these bytes.
//
// The first byte of the input says which: even, the rest is the file; odd, the rest is a list of changes (32 bit
// offset, byte) to the file that the environment variable STEADY_FUZZ_MODEL names, by default the micro model.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "coded_error.h"
#include "model_file.h"

namespace {

using Bytes = std::vector<uint8_t>;

const Bytes & base_model() {
    static const Bytes bytes = [] {
        const char * path = std::getenv("STEADY_FUZZ_MODEL");
        std::ifstream in(path != nullptr ? path : "models/micro/micro-q5_0.bin", std::ios::binary);
        return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }();
    return bytes;
}

Bytes file_of(const uint8_t * data, size_t size) {
    if (size == 0 || data[0] % 2 == 0 || base_model().empty()) {
        return size == 0 ? Bytes() : Bytes(data + 1, data + size);
    }
    Bytes bytes = base_model();
    for (size_t i = 1; i + 5 <= size; i += 5) {
        const size_t offset = size_t(data[i]) | size_t(data[i + 1]) << 8 | size_t(data[i + 2]) << 16;
        if (data[i + 3] == 0xff) {
            bytes.resize(offset % (bytes.size() + 1));  // cut
        } else if (!bytes.empty()) {
            bytes[offset % bytes.size()] = data[i + 4];
        }
    }
    return bytes;
}

void check(const Bytes & bytes, bool allow_weightless) {
    try {
        const auto model = steady::ValidatedModel::walk(steady::model_from_bytes(bytes), allow_weightless);
        Bytes got(bytes.size() + 7, 0xcc);
        const size_t count = model->read(got.data(), got.size());
        const bool tail_is_zero = got.back() == 0 && got[count] == 0;
        got.resize(count);
        if (got != bytes || !tail_is_zero || !model->eof() || model->failed()) {
            std::abort();
        }
    } catch (const steady::CodedError &) {}
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const Bytes bytes = file_of(data, size);
    check(bytes, false);
    check(bytes, true);
    return 0;
}
