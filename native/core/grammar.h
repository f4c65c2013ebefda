#pragma once

#include <string>
#include <vector>

#include "whisper.h"

namespace steady {

// A GBNF grammar that whisper.cpp can run without crashing: parsed by upstream's examples/grammar-parser.cpp, then
// checked for everything that upstream takes on trust.
class Grammar {
public:
    // Throws CodedError ERR_WHISPER_INVALID_ARG: syntax error, missing start rule, reference to an undefined rule,
    // left recursion (direct, indirect, through empty alternatives), nesting or size over the limits.
    static Grammar parse(const std::string & text, const std::string & start_rule);

    // Valid as long as this object lives.
    std::vector<const whisper_grammar_element *> rules() const;
    size_t start_rule() const {
        return start_rule_;
    }

private:
    std::vector<std::vector<whisper_grammar_element>> rules_;
    size_t start_rule_ = 0;
};

}  // namespace steady
