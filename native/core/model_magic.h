#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace steady {

// What a file that doesn't start with whisper.cpp's magic number seems to be, and what to do: for people who gave the
// wrong file, or whose download saved an error page.
std::string describe_foreign_file(const uint8_t * start, size_t length);

// The same for a file that has the magic number but is another program's model. Empty if nothing speaks against it.
std::string describe_other_ggml_file(const uint8_t * start, size_t length);

// Text from a file for a message: bytes that are not plain ASCII become \xNN, long text is cut.
std::string printable(const std::string & text);

}  // namespace steady
