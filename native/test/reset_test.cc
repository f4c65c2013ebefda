// A reset happens in place.

#include "job_run.h"
#include "session.h"
#include "whisper_access.h"

namespace steady::check {
namespace {

TEST("reset: after a greedy job it allocates nothing on the device") {
    const auto context = load(on_cpu());
    whisper_state * state = upstream::create_state(context->handle());
    {
        JobParams params;
        params.temperature_inc = 0.0f;
        Job job(JobKind::transcribe, params, speech("en-00.wav"), {});
        SharedByJobs shared;
        JobRun(job, *context, state, shared).run();
    }
    const upstream::StateBytes before = upstream::state_bytes(context->handle(), state);
    upstream::fail_device_allocation(1);
    upstream::reset_state(context->handle(), state);
    CHECK_EQ(upstream::state_bytes(context->handle(), state).kv_cache, before.kv_cache);
    whisper_free_state(state);
    // The failure is still waiting for the first one that allocates.
    CHECK_THROWS_CODE(load(on_cpu()), "ERR_WHISPER_OUT_OF_MEMORY");
}

}  // namespace
}  // namespace steady::check
