#pragma once

#include <cstddef>

#include "grammar_checks.h"

namespace steady {

// Steps of work, of some 10 ns each, after which check_growth stops: it runs on the JavaScript thread.
constexpr size_t kMostGrowthWork = 3200000;

// whisper.cpp follows all ways to read the text so far at once, each as a stack of its own, and never merges equal
// ones: an ambiguous grammar, such as ("a" | "a")*, doubles them with every character until memory or time is used up.
// Refuses grammars for which a text with more than 1024 stacks is found. The search is bounded: it finds what grows
// fast, not every possible text. Call after check_rules, which bounds the recursion. Throws CodedError
// ERR_WHISPER_INVALID_ARG. Returns the steps of work that it took, which tests compare with kMostGrowthWork.
size_t check_growth(const GrammarRules & rules, const RuleNames & names, size_t start);

}  // namespace steady
