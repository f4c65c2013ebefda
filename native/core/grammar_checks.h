#pragma once

#include "grammar_structure.h"

namespace steady {

// Whether whisper.cpp can run these rules: it copies them (whisper_grammar_init) and walks them by recursion
// (whisper_grammar_advance_stack) without a check. Refuses malformed and undefined rules, left recursion, and rules
// that make it recurse deeper than a small thread stack holds. Throws CodedError ERR_WHISPER_INVALID_ARG.
void check_rules(const GrammarRules & rules, const RuleNames & names);

}  // namespace steady
