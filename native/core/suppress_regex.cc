#include "suppress_regex.h"

#include <chrono>
#include <regex>

#include "coded_error.h"

namespace steady {

namespace {

constexpr size_t kMaxPatternBytes = 256;
constexpr auto kBudget = std::chrono::seconds(5);  // real patterns take some 50 ms for a whole vocabulary

[[noreturn]] void throw_invalid(const std::string & why) {
    throw CodedError("ERR_WHISPER_INVALID_ARG",
                     "suppressRegex must be a regular expression that whisper.cpp's "
                     "vocabulary can be matched against: " +
                         why);
}

std::regex compile(const std::string & pattern) {
    if (pattern.size() > kMaxPatternBytes) {
        throw_invalid("it is " + std::to_string(pattern.size()) + " bytes long, the limit is " +
                      std::to_string(kMaxPatternBytes));
    }
    try {
        auto flags = std::regex::ECMAScript;
#ifdef __GLIBCXX__
        flags |= std::regex_constants::__polynomial;  // breadth-first: polynomial time whatever the pattern
#endif
        return std::regex(pattern, flags);
    } catch (const std::regex_error & e) {
        throw_invalid(e.what());
    }
}

}  // namespace

void check_pattern(const std::string & pattern) {
    compile(pattern);
}

std::vector<whisper_token> tokens_matching(whisper_context * context, const std::string & pattern,
                                           const std::atomic<bool> & cancelled) {
    const std::regex regex = compile(pattern);
    const auto deadline = std::chrono::steady_clock::now() + kBudget;
    std::vector<whisper_token> matching;
    const int n_vocab = whisper_n_vocab(context);
    try {
        for (whisper_token id = 0; id < n_vocab; ++id) {
            if (cancelled.load(std::memory_order_relaxed)) {
                throw CodedError("ERR_WHISPER_ABORTED", "the job was aborted");
            }
            if (std::regex_match(whisper_token_to_str(context, id), regex)) {
                matching.push_back(id);
            }
            if (std::chrono::steady_clock::now() > deadline) {
                throw_invalid("matching it takes too long; use a simpler pattern");
            }
        }
    } catch (const std::regex_error & e) {
        throw_invalid(e.what());
    }
    return matching;
}

}  // namespace steady
