#pragma once

#include <cstddef>
#include <string>

namespace steady {

// Checks what upstream's grammar parser takes on trust, before it sees the text: encoding, size, bracket nesting (it
// recurses), length of names and number of rules it will make (it copies names). Throws CodedError
// ERR_WHISPER_INVALID_ARG.
void check_grammar_text(const std::string & text);

// "line 3, column 5"
std::string describe_position(const std::string & text, size_t offset);

[[noreturn]] void throw_grammar(const std::string & what);  // "grammar must ..."

}  // namespace steady
