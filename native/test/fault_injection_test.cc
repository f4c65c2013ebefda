// Faults on demand: where they live, what cures them, what they cost. Only in the build of STEADY_FAULTS.

#include "fault_injection.h"

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "session.h"

namespace steady::check {
namespace {

namespace fs = std::filesystem;

// Set before anything runs, as native code asks for it once.
const fs::path fault_file = [] {
    const std::string name = "steady-fault-" + std::to_string(std::random_device{}()) + ".json";
    const fs::path path = fs::temp_directory_path() / name;
#if defined(_WIN32)
    _putenv_s("STEADY_FAULT_FILE", path.string().c_str());
#else
    setenv("STEADY_FAULT_FILE", path.string().c_str(), 1);
#endif
    return path;
}();

fs::path beside(const char * suffix) {
    fs::path other = fault_file;
    return other += suffix;
}

// The file while it goes on, then nothing of it, nor of what it has done to this process.
class Injection {
public:
    explicit Injection(const std::string & fault) {
        write(fault);
    }
    ~Injection() {
        for (const fs::path & path : {fault_file, beside(".claimed"), beside(".jobs")}) {
            std::error_code ignored;
            fs::remove(path, ignored);
        }
        FaultHost::engine().cure();
    }
    void write(const std::string & fault) {
        std::ofstream(fault_file) << fault;
    }
};

std::string cpu_step(const char * lives, const char * factor = "1.5") {
    return std::string(R"({"kind": "cpu", "course": "step", "magnitude": )") + factor + R"(, "lives": ")" + lives +
           "\"}";
}

// CPU time that was burnt, in units of the job's own.
double burden(const JobTiming & timing) {
    return timing.injected_ms / (timing.cpu_ms - timing.injected_ms);
}

double burden_of_job(State & state) {
    return burden(transcribe(state, speech("en-00.wav")).timing);
}

// Both are CPU time of one thread, so no other load of the machine shows.
bool near(double value, double expected) {
    const bool fits = value > 0.93 * expected && value < 1.07 * expected;
    std::printf("    burden %.3f, expected %.3f\n", value, expected);
    return fits;
}

TEST("fault injection: a fault in a state is claimed by one job, and ends with a reset in place") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const auto other = session.create_state();
    CHECK_EQ(burden_of_job(*state), 0.0);
    const Injection injection(cpu_step("state"));
    CHECK(near(burden_of_job(*state), 0.5));
    CHECK(!fs::exists(fault_file));
    CHECK(fs::exists(beside(".claimed")));
    CHECK(near(burden_of_job(*state), 0.5));
    CHECK_EQ(burden_of_job(*other), 0.0);
    reset(*state);
    CHECK_EQ(burden_of_job(*state), 0.0);
}

TEST("fault injection: a fault in a context is in all of its states, and in no other context") {
    Session session(load(on_cpu()));
    const auto first = session.create_state();
    const Injection injection(cpu_step("context", "2"));
    CHECK(near(burden_of_job(*first), 1.0));
    const auto second = session.create_state();
    CHECK(near(burden_of_job(*second), 1.0));
    reset(*first);
    CHECK(near(burden_of_job(*first), 1.0));
    Session fresh(load(on_cpu()));
    CHECK_EQ(burden_of_job(*fresh.create_state()), 0.0);
}

TEST("fault injection: a fault in an engine outlives its contexts") {
    const Injection injection(cpu_step("engine"));
    {
        Session session(load(on_cpu()));
        CHECK(near(burden_of_job(*session.create_state()), 0.5));
    }
    Session fresh(load(on_cpu()));
    CHECK(near(burden_of_job(*fresh.create_state()), 0.5));
}

TEST("fault injection: a fault everywhere needs no claim, and counts its jobs across resets") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const Injection injection(R"({"kind": "cpu", "course": "creep", "magnitude": 0.2, "lives": "everywhere"})");
    CHECK(near(burden_of_job(*state), 0.2));
    reset(*state);
    CHECK(near(burden_of_job(*state), 0.4));
    CHECK(near(burden_of_job(*session.create_state()), 0.6));
    CHECK(fs::exists(fault_file));
    fs::remove(fault_file);
    CHECK_EQ(burden_of_job(*state), 0.0);
}

TEST("fault injection: a creep doesn't come back after its cure, unless it recurs") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    Injection injection(R"({"kind": "cpu", "course": "creep", "magnitude": 0.3, "lives": "state"})");
    for (const double expected : {0.3, 0.6}) {
        CHECK(near(burden_of_job(*state), expected));
    }
    reset(*state);
    CHECK_EQ(burden_of_job(*state), 0.0);

    injection.write(R"({"kind": "cpu", "course": "creep", "magnitude": 0.3, "lives": "state", "recurs": true})");
    for (int time = 0; time < 2; ++time) {
        for (const double expected : {0.3, 0.6}) {
            CHECK(near(burden_of_job(*state), expected));
        }
        reset(*state);
    }
}

TEST("fault injection: a creep ends at a factor of 4") {
    Fault fault;
    fault.creeps = true;
    fault.magnitude = 0.02;
    CHECK_EQ(Burden::of(fault, 1).extra_cpu, 0.02);
    CHECK_EQ(Burden::of(fault, 149).extra_cpu, 149 * 0.02);
    CHECK_EQ(Burden::of(fault, 1000).extra_cpu, 3.0);
}

TEST("fault injection: memory grows with each job, and goes with what it lives in") {
    FaultHost host;
    host.adopt(Fault::parse(R"({"kind": "memory", "course": "creep", "magnitude": 1e6, "lives": "state"})"));
    for (const size_t jobs : {1, 2, 3}) {
        host.keep(host.next_job().extra_bytes);
        CHECK_EQ(host.kept_bytes(), jobs * 1000000);
    }
    host.keep(size_t{2} << 30);
    CHECK_EQ(host.kept_bytes(), size_t{1} << 30);
    host.cure();
    CHECK_EQ(host.kept_bytes(), size_t{0});
    host.adopt(Fault::parse(R"({"kind": "memory", "course": "step", "magnitude": 1e6, "lives": "state"})"));
    CHECK_EQ(host.next_job().extra_bytes, size_t{1000000});
    CHECK_EQ(host.next_job().extra_bytes, size_t{0});
}

TEST("fault injection: a prompt gets longer, before the job's own") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    JobParams params;
    params.temperature_inc = 0;  // one attempt, one prompt
    const int own = transcribe(*state, speech("en-00.wav"), params).timing.prompt_tokens;
    params.initial_prompt = "seven";
    const int with_prompt = transcribe(*state, speech("en-00.wav"), params).timing.prompt_tokens;
    const Injection injection(R"({"kind": "prompt", "course": "creep", "magnitude": 8, "lives": "state"})");
    CHECK_EQ(transcribe(*state, speech("en-00.wav"), params).timing.prompt_tokens, with_prompt + 8);
    params.initial_prompt.clear();
    // The first of previous text comes with a token that says so.
    CHECK_EQ(transcribe(*state, speech("en-00.wav"), params).timing.prompt_tokens, own + 1 + 16);
    reset(*state);
    CHECK_EQ(transcribe(*state, speech("en-00.wav"), params).timing.prompt_tokens, own);
}

TEST("fault injection: the phases have their share, results are the same") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const JobResult healthy = transcribe(*state, speech("en-05.wav"));
    reset(*state);
    const Injection injection(cpu_step("context", "3"));
    const JobResult ill = transcribe(*state, speech("en-05.wav"));
    CHECK_EQ(fingerprint(ill), fingerprint(healthy));
    CHECK(near(burden(ill.timing), 2.0));
    // Nodes of the graph pay for themselves; the spectrogram is paid for by the encoder's first one.
    const double phases_ms = ill.timing.encode_ms + ill.timing.prompt_ms + ill.timing.decode_ms + ill.timing.sample_ms;
    std::printf("    injected %.1f ms, phases %.1f ms, wall %.1f ms\n", ill.timing.injected_ms, phases_ms,
                ill.timing.wall_ms);
    CHECK(phases_ms > ill.timing.injected_ms);
    CHECK(ill.timing.wall_ms > phases_ms);
}

TEST("fault injection: a job that burns is cancelled at once") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const Injection injection(cpu_step("state", "100000"));
    auto running = submit(*state, speech("en-00.wav"));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const auto asked = std::chrono::steady_clock::now();
    state->cancel(running.job);
    CHECK_THROWS_CODE(running.get(), "ERR_WHISPER_ABORTED");
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - asked).count();
    std::printf("    %.1f ms\n", ms);
    CHECK(ms < 5000);  // it would have burnt for an hour
}

TEST("fault injection: a file that makes no sense fails the job") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    for (const char * text : {"", "no JSON", "[]", R"({"kind": "cpu"})",
                              R"({"kind": "cpu", "course": "step", "magnitude": 0.5, "lives": "state"})",
                              R"({"kind": "cpu", "course": "creep", "magnitude": -1, "lives": "state"})",
                              R"({"kind": "cpu", "course": "step", "magnitude": "2", "lives": "state"})",
                              R"({"kind": "gpu", "course": "step", "magnitude": 2, "lives": "state"})",
                              R"({"kind": "cpu", "course": "leap", "magnitude": 2, "lives": "state"})",
                              R"({"kind": "cpu", "course": "step", "magnitude": 2, "lives": "slot"})"}) {
        const Injection injection(text);
        CHECK_THROWS_CODE(transcribe(*state, speech("en-00.wav")), "ERR_WHISPER_INVALID_ARG");
    }
    CHECK_EQ(burden_of_job(*state), 0.0);
}

}  // namespace
}  // namespace steady::check
