#pragma once

#include <cstdint>
#include <optional>

namespace steady {

// What a process that computes for another one gives up.
struct ProcessLimits {
    bool core_dumps = true;
    std::optional<int> parent_pid;  // end with this process, which must be the parent
    std::optional<uint64_t> address_space_bytes;
};

// Which of the limits that were asked for are in force. One that the platform hasn't got, or refuses, is not.
struct ProcessLimitsSet {
    bool core_dumps = false;
    bool parent_death = false;
    bool address_space = false;
};

// Confines this process for the rest of its life. Call it on the main thread.
//
// No core dumps (POSIX): a process with gigabytes of weights would take minutes to die, and leave them on the disk. It
// stays dumpable otherwise, so that /proc/self can be read. The parent's death (Linux): this process is killed by
// SIGKILL as soon as the parent's thread that started it has ended, at once if the parent isn't `parent_pid` any more.
// Address space (where there is RLIMIT_AS, but for macOS, which has it and doesn't heed it): allocations beyond the limit
// fail. It counts what is reserved, and V8 reserves far more than it uses.
ProcessLimitsSet confine_process(const ProcessLimits & limits);

}  // namespace steady
