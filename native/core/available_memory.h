#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace steady {

// Bytes of memory that this process can still take before the system, or the limit of its container, stops it: what the
// kernel calls available (free, or cached and easily given up), within the memory limit of the control group. Nothing
// where that can't be told (anything but Linux).
//
// Why it matters: Linux hands out more memory than there is, and kills the process when it is used.
//
// `root` is for tests: the folder that holds proc/ and sys/.
std::optional<uint64_t> available_memory(const std::string & root = "");

// Throws CodedError ERR_WHISPER_OUT_OF_MEMORY when `needed` bytes for `what` are more than there are.
void check_available_memory(uint64_t needed, const std::string & what);

#ifdef STEADY_TESTS
// check_available_memory() on this thread goes by this number from now on; nothing: by the system's again.
void pretend_available_memory(std::optional<uint64_t> bytes);
#endif

}  // namespace steady
