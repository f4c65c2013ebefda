#include "suppress_regex.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <regex>

#include "coded_error.h"

namespace steady {

namespace {

constexpr size_t kMaxPatternBytes = 256;
// libstdc++'s matcher recurses through states that take no character, a few hundred bytes of stack for each. Without
// counted repetitions no pattern of the length above has more.
constexpr uint64_t kMaxStates = 1000;
constexpr auto kBudget = std::chrono::seconds(5);  // real patterns take some 50 ms for a whole vocabulary

[[noreturn]] void throw_invalid(const std::string & why) {
    throw CodedError("ERR_WHISPER_INVALID_ARG",
                     "suppressRegex must be a regular expression that whisper.cpp's "
                     "vocabulary can be matched against: " +
                         why);
}

// About how many states the automaton of a pattern gets. Compilers of regular expressions write what {n,m} repeats out
// m times, and what contains it as often again. Reads a pattern as libstdc++'s scanner does (regex_scanner.tcc); one
// that is malformed is counted somehow, and then refused by the compiler.
class StateCount {
public:
    explicit StateCount(const std::string & pattern) : pattern_(pattern) {}

    uint64_t run() {
        while (at_ < pattern_.size()) {
            step(pattern_[at_++]);
        }
        while (groups_.size() > 1) {
            close_group();
        }
        return groups_.back().states;
    }

private:
    struct Group {
        uint64_t states = 0;
        uint64_t last = 0;  // of them, those of the last item, which a quantifier repeats
    };

    void step(char c) {
        if (c == '(') {
            groups_.emplace_back();
        } else if (c == ')') {
            close_group();
        } else if (c == '[') {
            skip_class();
            add_item(1);
        } else if (c == '{') {
            repeat();
        } else if (c == '*' || c == '+' || c == '?') {
            extend(2);
        } else if (c == '|') {
            groups_.back().states += 2;
        } else {
            at_ += c == '\\' ? escape_length() : 0;
            add_item(1);
        }
    }

    void close_group() {
        if (groups_.size() > 1) {
            const uint64_t states = groups_.back().states;
            groups_.pop_back();
            add_item(states + 2);
        }
    }

    void add_item(uint64_t states) {
        groups_.back().states += states;
        groups_.back().last = states;
    }

    void extend(uint64_t states) {
        Group & group = groups_.back();
        group.states = std::min(group.states + states, kFar);
        group.last = std::min(group.last + states, kFar);
    }

    // Of what follows a backslash. "\c" takes whatever is next, also a bracket.
    size_t escape_length() const {
        return at_ < pattern_.size() && pattern_[at_] == 'c' ? 2 : 1;
    }

    // After "[": to behind the "]" that ends it. "[:alpha:]", "[.x.]" and "[=x=]" are within.
    void skip_class() {
        for (; at_ < pattern_.size() && pattern_[at_] != ']'; ++at_) {
            const char next = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : ']';
            if (pattern_[at_] == '\\') {
                ++at_;
                at_ += escape_length() - 1;
            } else if (pattern_[at_] == '[' && (next == ':' || next == '.' || next == '=')) {
                const size_t end = pattern_.find(std::string{next, ']'}, at_ + 2);
                at_ = end == std::string::npos ? pattern_.size() : end + 1;
            }
        }
        ++at_;
    }

    // After "{": "n}", "n,}" or "n,m}".
    void repeat() {
        const uint64_t least = number();
        uint64_t most = least;
        if (at_ < pattern_.size() && pattern_[at_] == ',') {
            ++at_;
            const size_t digits = at_;
            most = number();
            most = at_ == digits ? least + 1 : std::max(least, most);
        }
        at_ += at_ < pattern_.size() && pattern_[at_] == '}' ? 1 : 0;
        extend(std::min((groups_.back().last + 1) * most + 2, kFar));
    }

    uint64_t number() {
        uint64_t value = 0;
        for (; at_ < pattern_.size() && pattern_[at_] >= '0' && pattern_[at_] <= '9'; ++at_) {
            value = std::min(value * 10 + static_cast<uint64_t>(pattern_[at_] - '0'), kFar);
        }
        return value;
    }

    static constexpr uint64_t kFar = 1000000;  // where counting stops, so that no product overflows

    const std::string & pattern_;
    size_t at_ = 0;
    std::vector<Group> groups_ = {Group{}};
};

// A backslash and a digit other than 0. No matcher that can't backtrack has them, and libstdc++'s compiler reads the
// number, however long, into a `long` before it says so.
bool has_back_reference(const std::string & pattern) {
    for (size_t i = 0; i + 1 < pattern.size(); ++i) {
        if (pattern[i] != '\\') {
            continue;
        }
        const char escaped = pattern[++i];
        if (escaped >= '1' && escaped <= '9') {
            return true;
        }
        i += escaped == 'c' ? 1 : 0;  // as in StateCount
    }
    return false;
}

std::regex compile(const std::string & pattern) {
    if (pattern.size() > kMaxPatternBytes) {
        throw_invalid("it is " + std::to_string(pattern.size()) + " bytes long, the limit is " +
                      std::to_string(kMaxPatternBytes));
    }
    if (has_back_reference(pattern)) {
        throw_invalid("it has a back-reference, such as \\1");
    }
    if (StateCount(pattern).run() > kMaxStates) {
        throw_invalid("its counted repetitions, such as {100}, come to more than " + std::to_string(kMaxStates) +
                      " states of an automaton; use smaller counts, or * and +");
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
