#include "grammar.h"

#include <utility>

#include "checks.h"
#include "grammar_checks.h"
#include "grammar_growth.h"
#include "grammar_text.h"
#include "grammar_upstream.h"

namespace steady {
namespace {

// Upstream's messages end with "at " and all of the text that follows.
[[noreturn]] void throw_syntax_error(const std::string & text, std::string message) {
    const std::string prefix = "error parsing grammar: ";
    const size_t start = message.find(prefix);
    message = start == std::string::npos ? message : message.substr(start + prefix.size());
    if (!message.empty() && message.back() == '\n') {
        message.pop_back();
    }
    const size_t at = message.find(" at ");
    if (at == std::string::npos) {
        throw_grammar("be valid GBNF: " + message);
    }
    const size_t rest = message.size() - (at + 4);
    const size_t offset = rest <= text.size() ? text.size() - rest : 0;
    throw_grammar("be valid GBNF: " + message.substr(0, at) + " at " + describe_position(text, offset));
}

// Names that a user can have written: upstream names what it makes for groups and repetitions with an underscore,
// which no name may contain.
std::string written_names(const ParsedGrammar & parsed) {
    constexpr size_t kLongest = 200;
    std::string names;
    for (const auto & symbol : parsed.symbols) {
        if (symbol.first.find('_') == std::string::npos) {
            names += (names.empty() ? "" : ", ") + symbol.first;
        }
        if (names.size() > kLongest) {
            return names.substr(0, kLongest) + "...";
        }
    }
    return names;
}

size_t find_start(const ParsedGrammar & parsed, const std::string & start_rule) {
    const auto found = parsed.symbols.find(start_rule);
    if constexpr (!kChecksInput) {
        return found == parsed.symbols.end() ? parsed.rules.size() : found->second;
    }
    if (found == parsed.symbols.end() || start_rule.find('_') != std::string::npos) {
        throw_grammar("define its start rule '" + start_rule.substr(0, 128) + "'; it defines " + written_names(parsed));
    }
    return found->second;
}

}  // namespace

Grammar Grammar::parse(const std::string & text, const std::string & start_rule) {
    if constexpr (kChecksInput) {
        check_grammar_text(text);
    }
    ParsedGrammar parsed = parse_with_upstream(text);
    if (!parsed.error.empty()) {
        throw_syntax_error(text, std::move(parsed.error));
    }
    if (parsed.rules.empty()) {
        throw_grammar("define at least one rule, such as: root ::= \"yes\" | \"no\"");
    }
    const size_t start = find_start(parsed, start_rule);
    if constexpr (kChecksInput) {
        const RuleNames names(parsed.symbols);
        check_rules(parsed.rules, names);
        check_growth(parsed.rules, names, start);
    }

    Grammar grammar;
    grammar.rules_ = std::move(parsed.rules);
    grammar.start_rule_ = start;
    return grammar;
}

std::vector<const whisper_grammar_element *> Grammar::rules() const {
    std::vector<const whisper_grammar_element *> pointers;
    pointers.reserve(rules_.size());
    for (const auto & rule : rules_) {
        pointers.push_back(rule.data());
    }
    return pointers;
}

}  // namespace steady
