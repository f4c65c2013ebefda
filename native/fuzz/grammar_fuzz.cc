// libFuzzer: any text as a grammar. Refused, or accepted by checks that whisper.cpp's recursion depends on.
#include <cstddef>
#include <cstdint>
#include <string>

#include "coded_error.h"
#include "grammar.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    try {
        steady::Grammar::parse(std::string(reinterpret_cast<const char *>(data), size), "root").rules();
    } catch (const steady::CodedError &) {}
    return 0;
}
