#include "fault_injection.h"

#include <algorithm>
#include <cstring>

#include "fault_file.h"
#include "job.h"
#include "thread_clock.h"

namespace steady {

namespace {

constexpr double kMostFactor = 4;               // that a creep reaches
constexpr size_t kMostBytes = size_t{1} << 30;  // of one host: a fault that is forgotten must not take the machine
constexpr size_t kMostTokens = 16384;           // upstream cuts prompts to half of the model's text context anyway
constexpr int64_t kLeastBurnNs = 20000;         // below it, reading the clock is most of what is burnt

}  // namespace

Burden Burden::of(const Fault & fault, uint64_t job) {
    Burden burden;
    const auto times = static_cast<double>(job);
    switch (fault.kind) {
        case Fault::Kind::cpu:
            burden.extra_cpu = fault.creeps ? std::min(fault.magnitude * times, kMostFactor - 1) : fault.magnitude - 1;
            break;
        case Fault::Kind::memory:
            if (fault.creeps || job == 1) {
                burden.extra_bytes = static_cast<size_t>(std::min(fault.magnitude, static_cast<double>(kMostBytes)));
            }
            break;
        case Fault::Kind::prompt:
            burden.extra_tokens = static_cast<size_t>(
                std::min(fault.creeps ? fault.magnitude * times : fault.magnitude, static_cast<double>(kMostTokens)));
            break;
    }
    return burden;
}

void FaultHost::adopt(const Fault & fault) {
    cure();
    std::lock_guard<std::mutex> lock(mutex_);
    fault_ = fault;
}

bool FaultHost::infected() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return fault_.has_value();
}

Burden FaultHost::next_job() {
    std::lock_guard<std::mutex> lock(mutex_);
    return fault_ ? Burden::of(*fault_, ++jobs_) : Burden{};
}

// Written to, as memory that isn't has no pages.
void FaultHost::keep(size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    bytes = std::min(bytes, kMostBytes - kept_bytes_);
    if (bytes == 0) {
        return;
    }
    memory_.push_back(std::make_unique<unsigned char[]>(bytes));
    std::memset(memory_.back().get(), 0x5a, bytes);
    kept_bytes_ += bytes;
}

size_t FaultHost::kept_bytes() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return kept_bytes_;
}

void FaultHost::cure() {
    std::lock_guard<std::mutex> lock(mutex_);
    fault_.reset();
    jobs_ = 0;
    memory_.clear();
    kept_bytes_ = 0;
}

FaultHost & FaultHost::engine() {
    static FaultHost host;
    return host;
}

void JobFaults::begin(FaultHost & state, FaultHost & context) {
    FaultHost & engine = FaultHost::engine();
    if (const auto fault = read_fault_file()) {
        if (fault->lives == Fault::Home::everywhere) {
            suffer(Burden::of(*fault, count_job_of_fault_file()), engine);
        } else {
            FaultHost & host = fault->lives == Fault::Home::state     ? state
                               : fault->lives == Fault::Home::context ? context
                                                                      : engine;
            if (fault->recurs ? !host.infected() : claim_fault_file()) {
                host.adopt(*fault);
            }
        }
    }
    for (FaultHost * host : {&state, &context, &engine}) {
        suffer(host->next_job(), *host);
    }
    started_ns_ = thread_cpu_ns();
}

void JobFaults::suffer(const Burden & burden, FaultHost & host) {
    extra_cpu_ += burden.extra_cpu;
    extra_tokens_ += burden.extra_tokens;
    host.keep(burden.extra_bytes);
}

void JobFaults::burn(const std::atomic<bool> & cancelled) {
    if (extra_cpu_ <= 0) {
        return;
    }
    const int64_t used_ns = thread_cpu_ns() - started_ns_;
    const auto owed_ns = static_cast<int64_t>(extra_cpu_ * static_cast<double>(used_ns - burnt_ns_)) - burnt_ns_;
    if (owed_ns < kLeastBurnNs) {
        return;
    }
    int64_t now_ns = used_ns;
    while (now_ns < used_ns + owed_ns && !cancelled.load(std::memory_order_relaxed)) {
        now_ns = thread_cpu_ns() - started_ns_;
    }
    burnt_ns_ += now_ns - used_ns;
}

void JobFaults::lengthen_prompt(whisper_context * context, whisper_full_params & params) {
    if (extra_tokens_ == 0) {
        return;
    }
    // Any text will do, but one token over and over could be taken for a repetition.
    const whisper_token text_tokens = whisper_token_eot(context);
    for (size_t i = 0; i < extra_tokens_; ++i) {
        prompt_.push_back(static_cast<whisper_token>(i) % text_tokens);
    }
    if (params.prompt_tokens != nullptr) {
        prompt_.insert(prompt_.end(), params.prompt_tokens, params.prompt_tokens + params.prompt_n_tokens);
    } else if (params.initial_prompt != nullptr) {
        const int count = whisper_token_count(context, params.initial_prompt);
        prompt_.resize(extra_tokens_ + static_cast<size_t>(count));
        whisper_tokenize(context, params.initial_prompt, prompt_.data() + extra_tokens_, count);
    }
    params.prompt_tokens = prompt_.data();
    params.prompt_n_tokens = static_cast<int>(prompt_.size());
}

void JobFaults::report(JobTiming & timing) const {
    timing.injected_ms = static_cast<double>(burnt_ns_) / 1e6;
}

}  // namespace steady
