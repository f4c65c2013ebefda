#include "gpu_figures.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "session.h"

namespace steady {

namespace {

using check::Session;

constexpr int kRepeats = 20;
const char * const kAudio[] = {"en-03.wav", "en-08.wav", "de-03.wav", "fr-03.wav", "en-digits.wav", "long-75s.wav"};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? -1.0 : values[values.size() / 2];
}

double ms_since(std::chrono::steady_clock::time_point started) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
}

// 0 on the CPU.
uint64_t used_device_bytes(const Context & context) {
    const auto memory = context.device_memory();
    return memory ? memory->total_bytes - memory->free_bytes : 0;
}

struct Figures {
    std::vector<std::string> texts;
    std::vector<std::string> fingerprints;
    double load_ms = 0;
    size_t weights_bytes = 0;
    StateInfo state;
    double create_ms = 0;
    double reset_ms = 0;
    double encode_ms = 0;  // per window
    double decode_ms = 0;  // per token
    double cancel_ms = 0;  // from request to the state's being free
    uint64_t used_before = 0;
    uint64_t used_after = 0;
    bool reset_identical = true;
};

double cancel_latency_ms(State & state, int i) {
    check::Submitted job = check::submit(state, check::speech("long-75s.wav"));
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + 7 * i));
    const auto started = std::chrono::steady_clock::now();
    job.job->cancel();
    try {
        job.get();
        return -1.0;  // finished before the request
    } catch (const CodedError &) {
        return ms_since(started);
    }
}

Figures measure(const std::string & backend) {
    Figures figures;
    ContextOptions options;
    options.backend = backend;
    Session session(check::load(options, check::micro_model("f16")));
    figures.load_ms = session.context->info().load_ms;
    figures.weights_bytes = session.context->info().weights_bytes;

    std::vector<double> create, reset, encode, decode, cancel;
    const auto state = session.create_state();
    for (const char * name : kAudio) {
        JobParams params;
        params.language = std::string(name).substr(0, 2) == "lo" ? "en" : std::string(name).substr(0, 2);
        const JobResult result = check::transcribe(*state, check::speech(name), params);
        figures.texts.push_back(check::text_of_result(result));
        figures.fingerprints.push_back(check::fingerprint(result));
        check::reset(*state);
    }
    figures.used_before = used_device_bytes(*session.context);
    for (int i = 0; i < kRepeats; ++i) {
        const JobResult result = check::transcribe(*state, check::speech("en-09.wav"));
        encode.push_back(result.timing.encode_ms / result.timing.windows);
        decode.push_back(result.timing.decode_ms / std::max(1, result.timing.tokens_decoded));
        check::reset(*state);
        reset.push_back(state->info().reset_ms);
        const JobResult again = check::transcribe(*state, check::speech(kAudio[0]));
        figures.reset_identical = figures.reset_identical && check::fingerprint(again) == figures.fingerprints[0];
        check::reset(*state);
        const double latency = cancel_latency_ms(*state, i);
        if (latency >= 0) {
            cancel.push_back(latency);
        }
        check::reset(*state);
        create.push_back(session.create_state()->info().create_ms);
    }
    figures.used_after = used_device_bytes(*session.context);
    figures.state = state->info();
    figures.create_ms = median(create);
    figures.reset_ms = median(reset);
    figures.encode_ms = median(encode);
    figures.decode_ms = median(decode);
    figures.cancel_ms = median(cancel);
    return figures;
}

void print(const char * name, const Figures & f) {
    std::printf(
        "\"%s\":{\"loadMs\":%.3f,\"weightsBytes\":%zu,\"stateBytes\":%zu,\"stateKvBytes\":%zu,"
        "\"stateComputeBytes\":%zu,\"createMs\":%.3f,\"resetMs\":%.3f,\"encodeMsPerWindow\":%.3f,"
        "\"decodeMsPerToken\":%.4f,\"cancelMs\":%.3f,\"usedBytesBefore\":%llu,\"usedBytesAfter\":%llu,"
        "\"extraStates\":%d,\"resetBitIdentical\":%s}",
        name, f.load_ms, f.weights_bytes, f.state.bytes.total(), f.state.bytes.kv_cache, f.state.bytes.compute,
        f.create_ms, f.reset_ms, f.encode_ms, f.decode_ms, f.cancel_ms, static_cast<unsigned long long>(f.used_before),
        static_cast<unsigned long long>(f.used_after), kRepeats, f.reset_identical ? "true" : "false");
}

}  // namespace

int print_gpu_figures() {
    const auto devices = list_devices();
    const auto gpu = std::find_if(devices.begin(), devices.end(), [](const DeviceInfo & d) { return d.gpu; });
    if (gpu == devices.end()) {
        std::fprintf(stderr, "no GPU is available to this build\n");
        return 1;
    }
    const Figures on_gpu = measure(gpu->backend);
    const Figures on_cpu = measure("cpu");
    bool equal = true;
    for (size_t i = 0; i < on_gpu.texts.size(); ++i) {
        if (on_gpu.texts[i] != on_cpu.texts[i]) {
            equal = false;
            std::fprintf(stderr, "%s: GPU \"%s\", CPU \"%s\"\n", kAudio[i], on_gpu.texts[i].c_str(),
                         on_cpu.texts[i].c_str());
        }
    }
    std::printf("{\"device\":\"%s\",\"backend\":\"%s\",\"transcriptsEqual\":%s,\"files\":%zu,",
                gpu->description.c_str(), gpu->backend.c_str(), equal ? "true" : "false", on_gpu.texts.size());
    print("gpu", on_gpu);
    std::printf(",");
    print("cpu", on_cpu);
    std::printf("}\n");
    return equal && on_gpu.reset_identical ? 0 : 1;
}

}  // namespace steady
