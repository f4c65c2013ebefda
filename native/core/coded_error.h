#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace steady {

// An error that a caller can act on: a stable code (ERR_WHISPER_...), and a message that names the offending thing,
// its value and what to do. The addon turns it into a JavaScript Error with the same `code`.
class CodedError : public std::runtime_error {
public:
    CodedError(std::string code, const std::string & message) : std::runtime_error(message), code_(std::move(code)) {}

    const std::string & code() const noexcept {
        return code_;
    }

private:
    std::string code_;
};

// A CodedError as plain data, for the way from one thread to another. (Exception pointers count their references inside
// the C++ runtime, where ThreadSanitizer can't follow.)
struct Failure {
    std::string code;
    std::string message;
};

}  // namespace steady
