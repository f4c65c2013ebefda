// More than one thread in a job, more than one context in the process: what single-threaded tests can't show the
// sanitizers, and that results stay the same to the last bit.

#include <algorithm>
#include <thread>

#include "session.h"
#include "whisper_access.h"

namespace steady::check {
namespace {

constexpr int kThreads = 2;

void require_cores() {
    if (std::thread::hardware_concurrency() < kThreads) {
        SKIP("needs two processors");
    }
}

JobParams two_threads() {
    JobParams params;
    params.threads = kThreads;
    params.audio_ctx = 256;
    params.temperature_inc = 0.0f;
    return params;
}

struct Mode {
    const char * name;
    JobParams params;
};

std::vector<Mode> modes() {
    std::vector<Mode> all(4, {"greedy", two_threads()});
    all[1].name = "greedy with token times";
    all[2].name = "beam search";
    all[3].name = "beam search with token times";
    all[1].params.token_timestamps = all[3].params.token_timestamps = true;
    all[2].params.strategy = all[3].params.strategy = "beam";
    return all;
}

JobParams storm() {
    JobParams params = two_threads();
    params.logprob_thold = 0.0f;
    params.temperature_inc = 0.5f;
    return params;
}

TEST("parallel: with two threads, results after reset() are bit-identical to a new state's in every mode") {
    require_cores();
    Session session(load(on_cpu()));
    const auto audio = speech("en-00.wav");
    const auto reused = session.create_state();
    transcribe(*reused, speech("en-01.wav"), storm());  // several decoders, random sampling; then each mode's own job
    for (const Mode & mode : modes()) {
        const std::string expected = fingerprint(transcribe(*session.create_state(), audio, mode.params));
        reset(*reused);
        check_equal(__FILE__, __LINE__, mode.name, fingerprint(transcribe(*reused, audio, mode.params)), expected);
    }
}

TEST("parallel: two contexts at once don't see each other") {
    require_cores();
    const auto audio = speech("en-00.wav");
    const std::vector<Mode> all = {modes()[0], modes()[3]};
    std::vector<std::string> expected;
    for (const char * quantization : {"q5_0", "q8_0"}) {
        Session alone(load(on_cpu(), micro_model(quantization)));
        const auto state = alone.create_state();
        for (const Mode & mode : all) {
            reset(*state);
            expected.push_back(fingerprint(transcribe(*state, audio, mode.params)));
        }
    }
    std::vector<std::thread> users;
    for (size_t user = 0; user < 2; ++user) {
        users.emplace_back([&, user] {
            Session session(load(on_cpu(), micro_model(user == 0 ? "q5_0" : "q8_0")));
            const auto state = session.create_state();
            for (size_t i = 0; i < all.size(); ++i) {
                reset(*state);
                check_equal(__FILE__, __LINE__, all[i].name, fingerprint(transcribe(*state, audio, all[i].params)),
                            expected[user * all.size() + i]);
            }
        });
    }
    for (std::thread & user : users) {
        user.join();
    }
}

TEST("parallel: cancelling reaches a job of two threads in each of its phases") {
    require_cores();
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const auto audio = speech("long-75s.wav");
    for (const int pause_ms : {0, 5, 20, 80}) {
        Submitted job = submit(*state, audio, storm());
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
        job.job->cancel();
        CHECK_THROWS_CODE(job.get(), "ERR_WHISPER_ABORTED");
    }
    reset(*state);
    CHECK_EQ(fingerprint(transcribe(*state, speech("en-00.wav"), two_threads())),
             fingerprint(transcribe(*session.create_state(), speech("en-00.wav"), two_threads())));
}

}  // namespace
}  // namespace steady::check
