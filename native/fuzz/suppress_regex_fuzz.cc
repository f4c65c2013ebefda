// libFuzzer: any text as a regular expression over a vocabulary. Refused, or matched within its time.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "coded_error.h"
#include "suppress_regex.h"
#include "whisper.h"

namespace {

// What vocabularies have: words, numbers, pieces of UTF-8 sequences, runs, control tokens, nothing.
const char * const kVocabulary[] = {
    "",
    " ",
    "a",
    "!",
    "\xc3",
    "\xc3\xa4",
    "\xf0\x9f\x98",
    "\xff\xfe",
    " the",
    "12",
    "[_TT_1]",
    "[*]",
    " (laughs)",
    "\n\n",
    "\t",
    "[_SOT_]",
    "........",
    "ab]c\\d",
    "^$.*+?",
    "{2,3}",
    "Zürich",
    "русс",
    "日本",
    "-- - --",
    "a_b",
    "\x7f\x01",
    "        ",
    "aaaaaaaa",
    " o'clock",
    "----------------------------------------------------------------------------------------------------------------",
};
constexpr int kWords = int(sizeof(kVocabulary) / sizeof(kVocabulary[0]));

}  // namespace

// The two functions of whisper.cpp that matching calls, for a vocabulary without a model.
extern "C" int whisper_n_vocab(whisper_context *) {
    return kWords;
}
extern "C" const char * whisper_token_to_str(whisper_context *, whisper_token token) {
    return kVocabulary[token];
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const std::atomic<bool> cancelled{false};
    const std::string pattern(reinterpret_cast<const char *>(data), size);
    try {
        for (const whisper_token token : steady::tokens_matching(nullptr, pattern, cancelled)) {
            if (token < 0 || token >= kWords) {
                std::abort();
            }
        }
        steady::check_pattern(pattern);
    } catch (const steady::CodedError &) {}
    return 0;
}
