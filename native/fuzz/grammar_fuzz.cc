// libFuzzer: any text as a grammar. Refused, or accepted: then every rule ends, and names only rules that are there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "coded_error.h"
#include "grammar.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    try {
        const steady::Grammar grammar =
            steady::Grammar::parse(std::string(reinterpret_cast<const char *>(data), size), "root");
        const auto rules = grammar.rules();
        if (grammar.start_rule() >= rules.size()) {
            std::abort();
        }
        for (const whisper_grammar_element * element : rules) {
            for (; element->type != WHISPER_GRETYPE_END; ++element) {
                if (element->type == WHISPER_GRETYPE_RULE_REF && element->value >= rules.size()) {
                    std::abort();
                }
            }
        }
    } catch (const steady::CodedError &) {}
    return 0;
}
