#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "whisper.h"

namespace steady {

struct ParsedGrammar {
    std::map<std::string, uint32_t> symbols;  // rule name -> index of the rule
    std::vector<std::vector<whisper_grammar_element>> rules;
    std::string error;  // what upstream's parser would have printed; empty if the text could be parsed
};

// Upstream's parser (examples/grammar-parser.cpp), silenced. It recurses on brackets and copies rule names: limit both
// before. The text must be valid UTF-8 without NUL.
ParsedGrammar parse_with_upstream(const std::string & text);

}  // namespace steady
