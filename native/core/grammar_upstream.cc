#include "grammar_upstream.h"

// Everything that grammar-parser.cpp includes, before the macros below can reach it.
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cwchar>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

// Where the parser's message goes while it runs on this thread.
thread_local std::string * message_out = nullptr;

struct MessageScope {
    explicit MessageScope(std::string & out) {
        message_out = &out;
    }
    ~MessageScope() {
        message_out = nullptr;
    }
};

// The parser reports an error in one way only: it prints to stderr, which belongs to the host application.
int keep_message(std::FILE *, const char * format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = std::vsnprintf(nullptr, 0, format, arguments);
    va_end(arguments);
    if (length > 0 && message_out != nullptr) {
        std::vector<char> text(size_t(length) + 1);
        std::vsnprintf(text.data(), text.size(), format, again);
        message_out->append(text.data(), size_t(length));
    }
    va_end(again);
    return length;
}

}  // namespace

// The seam: upstream's file as it is, with another printing function, and in a namespace of its own, so that a program
// may link upstream's examples too.
#define fprintf keep_message
#define grammar_parser steady_grammar_parser
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include "grammar-parser.cpp"
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#undef grammar_parser
#undef fprintf

namespace steady {

ParsedGrammar parse_with_upstream(const std::string & text) {
    ParsedGrammar parsed;
    const MessageScope scope(parsed.error);
    auto state = steady_grammar_parser::parse(text.c_str());
    parsed.symbols = std::move(state.symbol_ids);
    parsed.rules = std::move(state.rules);
    return parsed;
}

}  // namespace steady
