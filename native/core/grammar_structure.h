#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "whisper.h"

namespace steady {

using GrammarRules = std::vector<std::vector<whisper_grammar_element>>;

// For messages: the name of the rule that the user wrote, also for those that the parser made out of parts of it.
class RuleNames {
public:
    explicit RuleNames(const std::map<std::string, uint32_t> & symbols);

    std::string operator[](size_t rule) const;  // in quotes

private:
    std::vector<std::string> names_;
};

constexpr size_t kTerminal = SIZE_MAX;  // an item that is a character class

// One alternative of a rule: references to rules, and kTerminal for each character class.
struct GrammarAlternative {
    size_t rule;
    std::vector<size_t> items;
};

// Takes rules apart. Refuses too many, undefined and malformed ones. Throws CodedError ERR_WHISPER_INVALID_ARG.
std::vector<GrammarAlternative> read_alternatives(const GrammarRules & rules, const RuleNames & names);

}  // namespace steady
