// Models that are unusual but valid, or vanish while they are loaded: what happens when they are really used.

#include <atomic>

#include "ggml.h"
#include "model_bytes.h"
#include "session.h"

namespace steady::check {
namespace {

std::shared_ptr<Context> load_bytes(Bytes bytes) {
    static const std::atomic<bool> never{false};
    return Context::load(model_from_bytes(std::move(bytes)), on_cpu(), never);
}

std::string text_with(std::shared_ptr<Context> context, const JobParams & params = {}) {
    Session session(std::move(context));
    return text_of_result(transcribe(*session.create_state(), speech("en-00.wav"), params));
}

void append_int(Bytes & bytes, int64_t value) {
    bytes.resize(bytes.size() + 4);
    set_int(bytes, bytes.size() - 4, value);
}

// The f16 model with every weight widened to 32 bits.
Bytes f32_model() {
    const Bytes f16 = read_file(micro_model("f16"));
    Bytes bytes(f16.begin(), f16.begin() + long(tensors_at(f16)));
    set_int(bytes, 4 * kFtype, 0);
    for (const Record & record : records(f16)) {
        const bool wide = get_int(f16, record.at + 8) == GGML_TYPE_F32;
        bytes.insert(bytes.end(), f16.begin() + long(record.at), f16.begin() + long(record.data_at()));
        set_int(bytes, bytes.size() - (record.data_at() - record.at) + 8, GGML_TYPE_F32);
        if (wide) {
            bytes.insert(bytes.end(), f16.begin() + long(record.data_at()), f16.begin() + long(record.end));
            continue;
        }
        for (size_t at = record.data_at(); at < record.end; at += 2) {
            const float value = ggml_fp16_to_fp32(ggml_fp16_t(f16[at] | f16[at + 1] << 8));
            uint32_t bits = 0;
            std::memcpy(&bits, &value, sizeof(bits));
            append_int(bytes, int32_t(bits));
        }
    }
    return bytes;
}

TEST("model run: 32-bit weights give the words of the 16-bit ones") {
    const std::string expected = text_with(load(on_cpu(), micro_model("f16")));
    const auto context = load_bytes(f32_model());
    CHECK_EQ(context->info().model.quantization, "f32");
    CHECK_EQ(text_with(context), expected);
}

TEST("model run: another number of heads leaves no trace in a file; a job on it ends in order") {
    Bytes bytes = micro();
    set_int(bytes, 4 * kAudioHead, 1);
    set_int(bytes, 4 * kTextHead, 1);
    JobParams params;
    params.max_tokens = 8;
    text_with(load_bytes(std::move(bytes)), params);
}

// whisper.cpp takes 2 text layers for a distilled model, and forces timestamps off.
TEST("model run: times of a model with two text layers lie within the audio") {
    Bytes bytes(micro().begin(), micro().begin() + long(tensors_at(micro())));
    set_int(bytes, 4 * kTextLayer, 2);
    for (const Record & record : records(micro())) {
        if (record.name.rfind("decoder.blocks.2.", 0) != 0) {
            bytes.insert(bytes.end(), micro().begin() + long(record.at), micro().begin() + long(record.end));
        }
    }
    Session session(load_bytes(std::move(bytes)));
    JobParams params;
    params.max_tokens = 8;
    params.temperature_inc = 0.0f;
    const JobResult result = transcribe(*session.create_state(), speech("long-75s.wav"), params);
    CHECK(!result.segments.empty());
    int64_t earliest = 0;
    for (const Segment & segment : result.segments) {
        CHECK(segment.start_ms >= earliest);
        CHECK(segment.end_ms >= segment.start_ms);
        earliest = segment.start_ms;
    }
}

// The same bytes until the whole file has been walked, then none.
class VanishingSource final : public ByteSource {
public:
    uint64_t size() const override {
        return micro().size();
    }
    bool read_at(uint64_t offset, void * out, size_t length) override {
        if (vanished_) {
            return false;
        }
        std::memcpy(out, micro().data() + offset, length);
        vanished_ = offset + length == size();
        return true;
    }
    const std::string & name() const override {
        return name_;
    }

private:
    bool vanished_ = false;
    const std::string name_ = "vanishing";
};

TEST("model run: a file that is emptied between its check and its load is an error of reading") {
    const std::atomic<bool> never{false};
    CHECK_THROWS_CODE(Context::load(std::make_unique<VanishingSource>(), on_cpu(), never), "ERR_WHISPER_MODEL_READ");
}

}  // namespace
}  // namespace steady::check
