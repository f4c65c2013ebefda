#include "grammar_text.h"

#include <algorithm>

#include "coded_error.h"

namespace steady {
namespace {

constexpr size_t kMostBytes = 64 * 1024;
constexpr int kDeepestNesting = 64;  // parse_sequence and parse_alternates call each other once per bracket
constexpr size_t kLongestName = 128;
constexpr size_t kMostSynthesized = 4096;  // a group or repetition becomes a rule named after the one that it is in

// Offset of the first byte that is not UTF-8, or npos. Upstream's decoder takes the length from the first byte and
// doesn't look at the others: a cut sequence would swallow the quote after it.
size_t find_invalid_utf8(const std::string & text) {
    for (size_t i = 0; i < text.size();) {
        const auto byte = [&](size_t at) { return at < text.size() ? uint8_t(text[at]) : uint8_t(0); };
        const uint8_t first = byte(i);
        const size_t length = first < 0x80   ? 1
                              : first < 0xc2 ? 0
                              : first < 0xe0 ? 2
                              : first < 0xf0 ? 3
                              : first < 0xf5 ? 4
                                             : 0;
        if (length == 0) {
            return i;
        }
        for (size_t k = 1; k < length; ++k) {
            if ((byte(i + k) & 0xc0) != 0x80) {
                return i;
            }
        }
        const bool overlong = (first == 0xe0 && byte(i + 1) < 0xa0) || (first == 0xf0 && byte(i + 1) < 0x90);
        const bool beyond = first == 0xf4 && byte(i + 1) >= 0x90;
        if (overlong || beyond) {
            return i;
        }
        i += length;
    }
    return std::string::npos;
}

bool is_name_char(char c) {  // is_word_char in grammar-parser.cpp
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || (c >= '0' && c <= '9');
}

// Finds brackets, names and operators as grammar-parser.cpp does: not in strings, character classes and comments.
class Scan {
public:
    explicit Scan(const std::string & text) : text_(text) {}

    void run() {
        while (position_ < text_.size()) {
            step();
        }
    }

private:
    void step() {
        const char c = text_[position_];
        if (c == '"') {
            skip_quoted('"');
        } else if (c == '[') {
            skip_quoted(']');
        } else if (c == '#') {
            position_ = std::min(text_.find_first_of("\r\n", position_), text_.size());
        } else if (is_name_char(c)) {
            skip_name();
        } else {
            count(c);
            ++position_;
        }
    }

    // A closing character counts unless a backslash is before it, in ranges too (parse_char, parse_sequence).
    void skip_quoted(char end) {
        for (++position_; position_ < text_.size() && text_[position_] != end; ++position_) {
            position_ += text_[position_] == '\\' ? 1 : 0;
        }
        ++position_;
    }

    void skip_name() {
        const size_t start = position_;
        while (position_ < text_.size() && is_name_char(text_[position_])) {
            ++position_;
        }
        if (position_ - start > kLongestName) {
            throw_grammar("have names of at most " + std::to_string(kLongestName) + " characters; " +
                          describe_position(text_, start) + " has one of " + std::to_string(position_ - start));
        }
    }

    void count(char c) {
        if (c == '(') {
            if (++nesting_ > kDeepestNesting) {
                throw_grammar("nest brackets at most " + std::to_string(kDeepestNesting) + " deep; " +
                              describe_position(text_, position_) + " goes deeper, use named rules");
            }
        } else if (c == ')') {
            nesting_ = std::max(nesting_ - 1, 0);
        }
        const bool synthesizes = c == '(' || c == '*' || c == '+' || c == '?';
        synthesized_ += synthesizes ? 1 : 0;
        if (synthesized_ > kMostSynthesized) {
            throw_grammar("have at most " + std::to_string(kMostSynthesized) + " groups and repetitions; " +
                          describe_position(text_, position_) + " is beyond");
        }
    }

    const std::string & text_;
    size_t position_ = 0;
    int nesting_ = 0;
    size_t synthesized_ = 0;
};

}  // namespace

void throw_grammar(const std::string & what) {
    throw CodedError("ERR_WHISPER_INVALID_ARG", "grammar must " + what);
}

std::string describe_position(const std::string & text, size_t offset) {
    offset = std::min(offset, text.size());
    const auto end = text.begin() + std::ptrdiff_t(offset);
    const auto line = std::count(text.begin(), end, '\n') + 1;
    const size_t newline = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
    const size_t column = offset - (newline == std::string::npos ? 0 : newline + 1) + 1;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

void check_grammar_text(const std::string & text) {
    if (text.size() > kMostBytes) {
        throw_grammar("be at most " + std::to_string(kMostBytes) + " bytes long; it has " +
                      std::to_string(text.size()));
    }
    // The parser works on a C string and would ignore the rest.
    const size_t nul = text.find('\0');
    if (nul != std::string::npos) {
        throw_grammar("not contain NUL characters; there is one at " + describe_position(text, nul));
    }
    const size_t invalid = find_invalid_utf8(text);
    if (invalid != std::string::npos) {
        throw_grammar("be valid UTF-8; it is not at " + describe_position(text, invalid));
    }
    Scan(text).run();
}

}  // namespace steady
