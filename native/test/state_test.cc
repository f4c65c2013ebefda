// States: freshness after reset(), concurrency, cancellation and freeing. The sanitizers run these too.

#include <chrono>
#include <iterator>
#include <random>
#include <thread>

#include "session.h"

namespace steady::check {
namespace {

TEST("state: transcribes speech") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    CHECK_EQ(text_of_result(transcribe(*state, speech("en-03.wav"))), " ten one three left");
    CHECK(state->info().bytes.kv_cache > 0);
    CHECK(state->info().bytes.compute > 0);
    CHECK_EQ(state->info().jobs, 1);
}

// ThreadSanitizer makes everything some twenty times slower, and has nothing to find in a single-threaded comparison.
#if defined(__SANITIZE_THREAD__)
constexpr size_t kHistoriesCompared = 1;
constexpr size_t kModesCompared = 1;
#elif defined(__SANITIZE_ADDRESS__)
constexpr size_t kHistoriesCompared = 10;  // the other modes are among the histories
constexpr size_t kModesCompared = 1;
#else
constexpr size_t kHistoriesCompared = 10;
constexpr size_t kModesCompared = 4;
#endif

struct History {
    const char * name;
    void (*run)(State &);
};

void cancel_when(State & state, const JobParams & params, const std::function<void(Job &)> & wait) {
    Submitted submitted = submit(state, speech("long-75s.wav"), params);
    wait(*submitted.job);
    state.cancel(submitted.job);
    CHECK_THROWS_CODE(submitted.get(), "ERR_WHISPER_ABORTED");
}

const History kHistories[] = {
    {"speech", [](State & s) { transcribe(s, speech("en-09.wav")); }},
    {"silence", [](State & s) { transcribe(s, speech("silence-5s.wav")); }},
    {"another language",
     [](State & s) {
         JobParams p;
         p.language = "auto";
         transcribe(s, speech("de-03.wav"), p);
     }},
    {"a fallback storm", [](State & s) { transcribe(s, speech("en-05.wav"), fallback_storm()); }},
    {"beam search",
     [](State & s) {
         JobParams p;
         p.strategy = "beam";
         transcribe(s, speech("en-06.wav"), p);
     }},
    {"a prompt that is kept",
     [](State & s) {
         JobParams p;
         p.initial_prompt = "seven eight nine";
         p.carry_initial_prompt = true;
         p.no_context = false;
         transcribe(s, speech("en-04.wav"), p);
     }},
    {"another audio_ctx",
     [](State & s) {
         JobParams p;
         p.audio_ctx = 700;
         transcribe(s, speech("en-07.wav"), p);
     }},
    {"long audio with token times",
     [](State & s) {
         JobParams p;
         p.token_timestamps = true;
         transcribe(s, speech("long-75s.wav"), p);
     }},
    {"a job cancelled early",
     [](State & s) { cancel_when(s, {}, [](Job &) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }); }},
    {"a job cancelled late",
     [](State & s) {
         cancel_when(s, fallback_storm(), [](Job &) { std::this_thread::sleep_for(std::chrono::milliseconds(400)); });
     }},
};

TEST("state: after reset() results are bit-identical to a new state's, whatever ran before") {
    Session session(load(on_cpu()));
    std::vector<JobParams> modes(4);
    modes[1].strategy = "beam";
    modes[2] = fallback_storm();
    modes[3].language = "auto";
    modes.resize(kModesCompared);
    const auto audio = speech("en-08.wav");

    std::vector<std::string> expected;
    for (const JobParams & mode : modes) {
        expected.push_back(fingerprint(transcribe(*session.create_state(), audio, mode)));
    }
    const auto new_bytes = session.create_state()->info().bytes;
    const auto reused = session.create_state();
    static_assert(std::size(kHistories) >= kHistoriesCompared);
    for (size_t h = 0; h < kHistoriesCompared; ++h) {
        const History & history = kHistories[h];
        for (size_t i = 0; i < modes.size(); ++i) {
            history.run(*reused);
            reset(*reused);
            CHECK_EQ(reused->info().bytes.kv_cache, new_bytes.kv_cache);
            if (!check_equal(__FILE__, __LINE__, history.name, fingerprint(transcribe(*reused, audio, modes[i])),
                             expected[i])) {
                return;
            }
        }
    }
}

TEST("state: a fallback storm without reset does change later sampling (the reason for reset)") {
    LONG_WITHOUT_RACES();
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    const auto audio = speech("en-05.wav");
    const std::string fresh = fingerprint(transcribe(*state, audio, fallback_storm()));
    CHECK(fingerprint(transcribe(*state, audio, fallback_storm())) != fresh);
}

TEST("state: four states of one context at once agree with one alone") {
    Session session(load(on_cpu()));
    const auto audio = speech("en-09.wav");
    const std::string expected = fingerprint(transcribe(*session.create_state(), audio));
    std::vector<std::shared_ptr<State>> states;
    std::vector<Submitted> jobs;
    for (int i = 0; i < 4; ++i) {
        states.push_back(session.create_state());
    }
    for (int round = 0; round < 2; ++round) {
        for (const auto & state : states) {
            jobs.push_back(submit(*state, audio));
        }
    }
    for (Submitted & job : jobs) {
        CHECK_EQ(fingerprint(job.get()), expected);
    }
}

TEST("state: jobs on one state queue in order and never overlap") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    std::atomic<int> running{0};
    std::atomic<int> order{0};
    std::vector<Submitted> jobs;
    for (int i = 0; i < 4; ++i) {
        JobEvents events;
        events.progress = [&](int percent) {
            if (percent == 0) {
                CHECK_EQ(++running, 1);
            }
        };
        events.segments = [&running, &order, i](const std::vector<Segment> &) {
            CHECK_EQ(order.exchange(i) <= i, true);
            --running;
        };
        jobs.push_back(submit(*state, speech("en-00.wav"), {}, std::move(events)));
    }
    for (Submitted & job : jobs) {
        job.get();
    }
    CHECK_EQ(order.load(), 3);
}

TEST("state: random submits, cancels, resets and frees from several threads") {
    Session session(load(on_cpu()));
    const auto audio = speech("en-02.wav");
    std::vector<std::thread> users;
    std::atomic<int> settled{0};
    constexpr int kUsers = 3;
    constexpr int kRounds = 4;
    for (int user = 0; user < kUsers; ++user) {
        users.emplace_back([&, user] {
            std::mt19937 random(static_cast<unsigned>(user));
            const auto pause = [&] { std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120)); };
            for (int round = 0; round < kRounds; ++round) {
                std::promise<void> ready;
                auto state = State::start(session.context, session.threads,
                                          [&](const StateInfo &, std::optional<Failure>) { ready.set_value(); });
                if (random() % 2 == 0) {
                    ready.get_future().wait();
                }
                std::vector<Submitted> jobs;
                for (int i = 0; i < 3; ++i) {
                    jobs.push_back(submit(*state, audio, random() % 2 == 0 ? JobParams{} : fallback_storm()));
                }
                state->reset([](const StateInfo &, std::optional<Failure>) {});
                pause();
                state->cancel(jobs[random() % jobs.size()].job);
                pause();
                std::promise<void> freed;
                state->free([&] { freed.set_value(); });
                freed.get_future().wait();
                for (Submitted & job : jobs) {
                    try {
                        CHECK_EQ(text_of_result(job.get()).empty(), false);
                    } catch (const CodedError & e) {
                        CHECK(e.code() == "ERR_WHISPER_ABORTED" || e.code() == "ERR_WHISPER_FREED");
                    }
                    ++settled;
                }
                CHECK_THROWS_CODE(submit(*state, audio), "ERR_WHISPER_FREED");
            }
        });
    }
    for (std::thread & user : users) {
        user.join();
    }
    CHECK_EQ(settled.load(), kUsers * kRounds * 3);
}

TEST("state: a freed state lets go of its context") {
    auto context = load(on_cpu());
    const std::weak_ptr<Context> watch = context;
    ThreadGroup threads;
    auto state = State::start(std::move(context), threads, [](const StateInfo &, std::optional<Failure>) {});
    CHECK(!watch.expired());
    state->free(nullptr);
    threads.join_all();
    CHECK(watch.expired());
}

TEST("state: cancellation reaches an encoder pass in the middle") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    JobParams params;
    std::promise<void> encoding;
    JobEvents events;
    events.progress = [&](int percent) {
        if (percent == 0) {
            encoding.set_value();
        }
    };
    Submitted job = submit(*state, speech("en-01.wav"), params, std::move(events));
    encoding.get_future().wait();
    job.job->cancel();
    CHECK_THROWS_CODE(job.get(), "ERR_WHISPER_ABORTED");
    CHECK_EQ(text_of_result(transcribe(*state, speech("en-01.wav"))), " stop five");
}

TEST("state: timing counts this job only") {
    Session session(load(on_cpu()));
    const auto state = session.create_state();
    JobParams params;
    params.temperature_inc = 0.0f;
    transcribe(*state, speech("long-75s.wav"), params);
    const JobTiming timing = transcribe(*state, speech("en-00.wav"), params).timing;
    CHECK_EQ(timing.windows, 1);
    CHECK_EQ(timing.encoder_passes, 1);
    CHECK_EQ(timing.fallbacks, 0);
    CHECK(timing.tokens_decoded >= 1 && timing.tokens_decoded < 10);
    CHECK(timing.cpu_ms > 0 && timing.encode_ms > 0 && timing.mel_ms > 0);
    CHECK(timing.mel_ms + timing.encode_ms + timing.prompt_ms + timing.decode_ms + timing.sample_ms <=
          timing.wall_ms * 1.01);
#if defined(__linux__)
    CHECK(timing.run_delay_ms >= 0);
#endif

    const JobTiming storm = transcribe(*state, speech("en-00.wav"), fallback_storm()).timing;
    CHECK_EQ(storm.fallbacks, 5);  // temperatures 0.2 to 1.0
    CHECK(storm.fallback_tokens > 0 && storm.fallback_tokens < storm.tokens_decoded);
}

}  // namespace
}  // namespace steady::check
