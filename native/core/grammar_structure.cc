#include "grammar_structure.h"

#include <utility>

#include "grammar_text.h"

namespace steady {
namespace {

constexpr size_t kMostRules = 8192;
constexpr size_t kMostElements = 64 * 1024;
constexpr size_t kMostInClass = 1024;  // each is compared with each character of the vocabulary, at every step
constexpr uint32_t kLastCodePoint = 0x10ffff;

bool ends_alternative(whisper_gretype type) {
    return type == WHISPER_GRETYPE_END || type == WHISPER_GRETYPE_ALT;
}

// whisper_grammar_match_char and whisper_grammar_advance_stack assert, with abort(), that
// elements come in this order; today's parser can't make others.
class Reader {
public:
    Reader(const GrammarRules & rules, const RuleNames & names) : rules_(rules), names_(names) {}

    std::vector<GrammarAlternative> run() {
        size_t elements = 0;
        for (const auto & rule : rules_) {
            elements += rule.size();
        }
        if (rules_.size() > kMostRules || elements > kMostElements) {
            throw_grammar("have at most " + std::to_string(kMostRules) + " rules and " + std::to_string(kMostElements) +
                          " characters, classes and references; it has " + std::to_string(rules_.size()) + " and " +
                          std::to_string(elements));
        }
        for (size_t rule = 0; rule < rules_.size(); ++rule) {
            read_rule(rule);
        }
        return std::move(alternatives_);
    }

private:
    void read_rule(size_t rule) {
        // A name that is used but not defined has an index, and no elements or none beyond the last rule.
        if (rules_[rule].empty()) {
            throw_grammar("define rule " + names_[rule] + ", which is referred to");
        }
        size_t at = 0;
        do {
            GrammarAlternative alternative{rule, {}};
            while (!ends_alternative(element(rule, at).type)) {
                alternative.items.push_back(read_item(rule, at));
            }
            alternatives_.push_back(std::move(alternative));
        } while (element(rule, at++).type == WHISPER_GRETYPE_ALT);
        if (at != rules_[rule].size()) {
            throw_malformed(rule);
        }
    }

    const whisper_grammar_element & element(size_t rule, size_t at) const {
        if (at >= rules_[rule].size()) {
            throw_malformed(rule);
        }
        return rules_[rule][at];
    }

    size_t read_item(size_t rule, size_t & at) const {
        const whisper_grammar_element & first = element(rule, at++);
        if (first.type == WHISPER_GRETYPE_RULE_REF) {
            if (first.value >= rules_.size()) {
                throw_grammar("define rule " + names_[first.value] + ", which " + names_[rule] + " refers to");
            }
            return first.value;
        }
        if (first.type != WHISPER_GRETYPE_CHAR && first.type != WHISPER_GRETYPE_CHAR_NOT) {
            throw_malformed(rule);
        }
        check_range(rule, at);
        size_t in_class = 1;
        while (element(rule, at).type == WHISPER_GRETYPE_CHAR_ALT) {
            check_range(rule, ++at);
            ++in_class;
        }
        if (in_class > kMostInClass) {
            throw_grammar("have at most " + std::to_string(kMostInClass) + " characters and ranges in a class; rule " +
                          names_[rule] + " has one of " + std::to_string(in_class) +
                          ": write neighbours as ranges, as in [a-z]");
        }
        return kTerminal;
    }

    // `at`: after the first character of a possible range; moved past its second one.
    void check_range(size_t rule, size_t & at) const {
        const uint32_t low = element(rule, at - 1).value;
        const bool range = element(rule, at).type == WHISPER_GRETYPE_CHAR_RNG_UPPER;
        const uint32_t high = range ? element(rule, at).value : low;
        if (low > kLastCodePoint || high > kLastCodePoint) {
            throw_grammar("use characters up to U+10FFFF; rule " + names_[rule] + " has one beyond");
        }
        if (low > high) {
            throw_grammar("have ranges from low to high; rule " + names_[rule] + " has one from U+" + hex(low) +
                          " to U+" + hex(high));
        }
        at += range ? 1 : 0;
    }

    static std::string hex(uint32_t value) {
        std::string digits;
        for (; value > 0 || digits.size() < 4; value /= 16) {
            digits.insert(digits.begin(), "0123456789ABCDEF"[value % 16]);
        }
        return digits;
    }

    [[noreturn]] void throw_malformed(size_t rule) const {
        throw_grammar("be well formed; rule " + names_[rule] + " is not");
    }

    const GrammarRules & rules_;
    const RuleNames & names_;
    std::vector<GrammarAlternative> alternatives_;
};

}  // namespace

RuleNames::RuleNames(const std::map<std::string, uint32_t> & symbols) {
    for (const auto & symbol : symbols) {
        if (symbol.second >= names_.size()) {
            names_.resize(size_t(symbol.second) + 1);
        }
        names_[symbol.second] = symbol.first.substr(0, symbol.first.find('_'));
    }
}

std::string RuleNames::operator[](size_t rule) const {
    return "'" + (rule < names_.size() ? names_[rule] : std::to_string(rule)) + "'";
}

std::vector<GrammarAlternative> read_alternatives(const GrammarRules & rules, const RuleNames & names) {
    return Reader(rules, names).run();
}

}  // namespace steady
