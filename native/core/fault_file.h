#pragma once

#include <cstdint>
#include <optional>

#include "fault_injection.h"

// The file in STEADY_FAULT_FILE, by which a test says what is to go wrong. Only in the build of STEADY_FAULTS.
namespace steady {

// What it says now; nothing if there is none. Throws CodedError ERR_WHISPER_INVALID_ARG.
std::optional<Fault> read_fault_file();

// True for the one job that gets the fault: for all others the file is gone by then.
bool claim_fault_file();

// The number of this job among all that have met the file's fault, in whatever process: a byte each.
uint64_t count_job_of_fault_file();

}  // namespace steady
