#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "whisper.h"

namespace steady {

// The ids of all tokens whose whole text matches `pattern` (ECMAScript). whisper.cpp would compile the expression and
// run it over the vocabulary at every step of every decoder, on threads where an exception ends the process, and with
// a backtracking matcher that some patterns never return from. Here it is run once for each job, on the state's thread,
// by a matcher that can't backtrack (libstdc++) or gives up by itself (libc++, MSVC).
// Throws CodedError ERR_WHISPER_INVALID_ARG (syntax, back-references, too expensive) or ERR_WHISPER_ABORTED.
std::vector<whisper_token> tokens_matching(whisper_context * context, const std::string & pattern,
                                           const std::atomic<bool> & cancelled);

// Only the syntax; any thread.
void check_pattern(const std::string & pattern);

}  // namespace steady
