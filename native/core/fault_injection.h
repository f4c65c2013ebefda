#pragma once

#include <atomic>

#ifdef STEADY_FAULTS
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>
#endif

#include "whisper.h"

// Faults on demand, to see end to end whether a slowdown is found and cured: docs/fault-injection.md. Only in the build of
// STEADY_FAULTS; in every other one these classes are empty, and nothing of them is left in the binary.

namespace steady {

struct JobTiming;

#ifdef STEADY_FAULTS

constexpr bool kInjectsFaults = true;

// What the file in STEADY_FAULT_FILE says.
struct Fault {
    enum class Kind { cpu, memory, prompt };
    enum class Home { state, context, engine, everywhere };

    Kind kind = Kind::cpu;
    bool creeps = false;
    double magnitude = 0;  // of a cpu step a factor, of a cpu creep a share per job; else bytes or tokens
    Home lives = Home::state;
    bool recurs = false;

    // Throws CodedError ERR_WHISPER_INVALID_ARG.
    static Fault parse(const std::string & text);
};

// What a job suffers of one fault.
struct Burden {
    double extra_cpu = 0;  // in units of the job's own CPU time
    size_t extra_tokens = 0;
    size_t extra_bytes = 0;  // to be kept by the fault's host

    // `job`: how many jobs the fault has been in, this one included.
    static Burden of(const Fault & fault, uint64_t job);
};

// What a fault can live in, and die with: each state, each context and each process has one. Any thread.
class FaultHost {
public:
    void adopt(const Fault & fault);
    bool infected() const;
    // One more job begins.
    Burden next_job();
    void keep(size_t bytes);
    size_t kept_bytes() const;
    void cure();

    static FaultHost & engine();

private:
    mutable std::mutex mutex_;
    std::optional<Fault> fault_;
    uint64_t jobs_ = 0;
    std::vector<std::unique_ptr<unsigned char[]>> memory_;
    size_t kept_bytes_ = 0;
};

// The faults of one job. Lives on the state's thread.
class JobFaults {
public:
    // At the job's beginning: looks for a new fault, and takes on those of all hosts.
    // Throws CodedError ERR_WHISPER_INVALID_ARG, of a file that is wrong.
    void begin(FaultHost & state, FaultHost & context);

    // Burns what is owed for the CPU time that the job has used since the last call. Returns early once `cancelled`.
    void burn(const std::atomic<bool> & cancelled);

    // Puts junk before the job's own prompt. `params` points into this object from then on.
    void lengthen_prompt(whisper_context * context, whisper_full_params & params);

    void report(JobTiming & timing) const;

private:
    void suffer(const Burden & burden, FaultHost & host);

    double extra_cpu_ = 0;
    size_t extra_tokens_ = 0;
    int64_t started_ns_ = 0;  // of the thread's CPU time
    int64_t burnt_ns_ = 0;
    std::vector<whisper_token> prompt_;
};

#else

constexpr bool kInjectsFaults = false;

class FaultHost {
public:
    void cure() {}
};

class JobFaults {
public:
    void begin(FaultHost &, FaultHost &) {}
    void burn(const std::atomic<bool> &) {}
    void lengthen_prompt(whisper_context *, whisper_full_params &) {}
    void report(JobTiming &) const {}
};

#endif

}  // namespace steady
