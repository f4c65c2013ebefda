#include "state_wrap.h"

#include <algorithm>
#include <iterator>

#include "from_js.h"
#include "to_js.h"

namespace steady::addon {

static const napi_type_tag kTag = {0xc2d94f6e83b15a07, 0x7e6f1a2b3c4d5e8f};

namespace {

// What the state's thread hands over when the state is ready.
struct Started {
    std::shared_ptr<State> state;
};

const char * name_of(JobPhase phase) {
    switch (phase) {
        case JobPhase::waiting: return "waiting";
        case JobPhase::mel: return "mel";
        case JobPhase::running:
        case JobPhase::running_with_dtw: return "running";
        case JobPhase::finished: return "idle";
    }
    return "idle";
}

}  // namespace

void StateWrap::define(Napi::Env env, EnvData & data) {
    const Napi::Function constructor = DefineClass(env, "NativeState",
                                                   {
                                                       InstanceMethod<&StateWrap::info>("info"),
                                                       InstanceMethod<&StateWrap::activity>("activity"),
                                                       InstanceMethod<&StateWrap::run>("run"),
                                                       InstanceMethod<&StateWrap::cancel>("cancel"),
                                                       InstanceMethod<&StateWrap::reset>("reset"),
                                                       InstanceMethod<&StateWrap::free>("free"),
                                                   });
    data.state_constructor = Napi::Persistent(constructor);
}

Napi::Promise StateWrap::start(Napi::Env env, const std::shared_ptr<Context> & context,
                               std::shared_ptr<State> & started) {
    const auto data = EnvData::of(env);
    Pending pending(env);
    const Napi::Promise promise = pending.deferred.Promise();
    const uint64_t id = data->add_pending(std::move(pending));
    // The state itself reaches the delivery through this slot, which is filled before the JavaScript thread, the one
    // that runs deliveries, is free again.
    auto slot = std::make_shared<Started>();
    try {
        slot->state = data->work.start_state(
            context, [mailbox = data->mailbox, id, slot](const StateInfo &, std::optional<Failure> error) {
                mailbox->post([id, slot, error](Napi::Env js) {
                    const auto environment = EnvData::of(js);
                    environment->settle(id, [&](Napi::Promise::Deferred & deferred) {
                        if (error) {
                            deferred.Reject(make_error(js, *error).Value());
                            return;
                        }
                        environment->state_to_wrap = slot->state;
                        deferred.Resolve(environment->state_constructor.New({}));
                    });
                    slot->state.reset();
                });
            });
    } catch (...) {
        const Failure error = current_failure();
        data->settle(id, [&](Napi::Promise::Deferred & deferred) { deferred.Reject(make_error(env, error).Value()); });
        return promise;
    }
    started = slot->state;
    return promise;
}

StateWrap::StateWrap(const Napi::CallbackInfo & info)
    : Napi::ObjectWrap<StateWrap>(info),
      data_(EnvData::of(info.Env())),
      state_(std::move(data_->state_to_wrap)) {
    if (!state_) {
        throw make_error(info.Env(), "ERR_WHISPER_INVALID_ARG", "a state is made by createState()");
    }
    info.This().As<Napi::Object>().TypeTag(&kTag);
}

// Garbage collection without free(): the thread ends by itself. No job can be running, as a job keeps its handle.
void StateWrap::Finalize(Napi::BasicEnv) {
    if (state_) {
        state_->free(nullptr);
    }
}

Napi::Value StateWrap::info(const Napi::CallbackInfo & info) {
    return state_info_to_js(info.Env(), state_->info());
}

// activity() returns { job: number, phase: "idle" | "waiting" | "mel" | "running", ticks: number }
Napi::Value StateWrap::activity(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        const std::shared_ptr<Job> job = state_->current_job();
        const auto entry = std::find_if(jobs_.begin(), jobs_.end(),
                                        [&](const auto & known) { return job && known.second.lock() == job; });
        const bool idle = entry == jobs_.end();
        Napi::Object object = Napi::Object::New(env);
        object.Set("job", idle ? 0.0 : static_cast<double>(entry->first));
        object.Set("phase", idle ? "idle" : name_of(job->phase()));
        object.Set("ticks", idle ? 0.0 : static_cast<double>(job->ticks()));
        return object;
    });
}

// run(kind: "transcribe" | "detect", samples: Float32Array, params: object, onSegments?, onProgress?)
// returns { id: number, promise: Promise<NativeResult> }
Napi::Value StateWrap::run(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        const std::string kind = string_from_js(info[0], "kind");
        if (kind != "transcribe" && kind != "detect") {
            throw CodedError("ERR_WHISPER_INVALID_ARG", "kind must be \"transcribe\" or \"detect\"");
        }
        std::vector<float> samples = samples_from_js(info[1]);
        if (!info[2].IsObject()) {
            throw CodedError("ERR_WHISPER_INVALID_ARG", "params must be an object");
        }
        JobParams params = job_params_from_js(info[2].As<Napi::Object>());

        for (auto it = jobs_.begin(); it != jobs_.end();) {
            it = it->second.expired() ? jobs_.erase(it) : std::next(it);
        }
        Pending pending(env);
        pending.keep_alive = Napi::Persistent(info.This().As<Napi::Object>());
        const bool wants_segments = info[3].IsFunction();
        const bool wants_progress = info[4].IsFunction();
        if (wants_segments) {
            pending.on_segments = Napi::Persistent(info[3].As<Napi::Function>());
        }
        if (wants_progress) {
            pending.on_progress = Napi::Persistent(info[4].As<Napi::Function>());
        }
        Napi::Object handle = Napi::Object::New(env);
        handle.Set("promise", pending.deferred.Promise());
        const uint64_t id = data_->add_pending(std::move(pending));
        handle.Set("id", static_cast<double>(id));
        try {
            jobs_[id] =
                state_->submit(kind == "transcribe" ? JobKind::transcribe : JobKind::detect_language, std::move(params),
                               std::move(samples), events_of(id, wants_segments, wants_progress));
        } catch (...) {
            const Failure error = current_failure();
            data_->settle(id,
                          [&](Napi::Promise::Deferred & deferred) { deferred.Reject(make_error(env, error).Value()); });
        }
        return handle;
    });
}

// The callbacks of a job. They run on the state's thread and only post.
JobEvents StateWrap::events_of(uint64_t id, bool wants_segments, bool wants_progress) {
    JobEvents events;
    const std::shared_ptr<Mailbox> mailbox = data_->mailbox;
    if (wants_segments) {
        events.segments = [mailbox, id](const std::vector<Segment> & segments) {
            mailbox->post([id, segments](Napi::Env env) {
                if (Pending * pending = EnvData::of(env)->find_pending(id)) {
                    pending->on_segments.Call({segments_to_js(env, segments)});
                }
            });
        };
    }
    if (wants_progress) {
        events.progress = [mailbox, id](int percent) {
            mailbox->post([id, percent](Napi::Env env) {
                if (Pending * pending = EnvData::of(env)->find_pending(id)) {
                    pending->on_progress.Call({Napi::Number::New(env, percent)});
                }
            });
        };
    }
    events.done = [mailbox, id](JobResult && result, std::optional<Failure> error) {
        auto shared = std::make_shared<JobResult>(std::move(result));
        mailbox->post([id, shared, error](Napi::Env env) {
            EnvData::of(env)->settle(id, [&](Napi::Promise::Deferred & deferred) {
                if (error) {
                    deferred.Reject(make_error(env, *error).Value());
                } else {
                    deferred.Resolve(result_to_js(env, *shared));
                }
            });
        });
    };
    return events;
}

// Ends a job. Where it may be in a phase that can't be interrupted, the promise rejects at once all the same, and the
// state stays busy until native code comes back; activity() tells of it.
Napi::Value StateWrap::cancel(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        const double id_number = number_from_js(info[0], "id");
        if (!(id_number >= 0 && id_number <= 9007199254740991.0)) {  // no such job, and no such integer
            return env.Undefined();
        }
        const auto id = static_cast<uint64_t>(id_number);
        const auto found = jobs_.find(id);
        if (found == jobs_.end()) {
            return env.Undefined();
        }
        if (const auto job = found->second.lock()) {
            const JobPhase phase = state_->cancel(job);
            if (phase != JobPhase::running && phase != JobPhase::finished) {
                data_->settle(id, [&](Napi::Promise::Deferred & deferred) {
                    deferred.Reject(make_error(env, "ERR_WHISPER_ABORTED", "the job was aborted").Value());
                });
            }
        }
        return env.Undefined();
    });
}

Napi::Value StateWrap::reset(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        Pending pending(env);
        pending.keep_alive = Napi::Persistent(info.This().As<Napi::Object>());
        const Napi::Promise promise = pending.deferred.Promise();
        const uint64_t id = data_->add_pending(std::move(pending));
        try {
            state_->reset([mailbox = data_->mailbox, id](const StateInfo &, std::optional<Failure> error) {
                mailbox->post([id, error](Napi::Env js) {
                    EnvData::of(js)->settle(id, [&](Napi::Promise::Deferred & deferred) {
                        if (error) {
                            deferred.Reject(make_error(js, *error).Value());
                        } else {
                            deferred.Resolve(js.Undefined());
                        }
                    });
                });
            });
        } catch (...) {
            const Failure error = current_failure();
            data_->settle(id,
                          [&](Napi::Promise::Deferred & deferred) { deferred.Reject(make_error(env, error).Value()); });
        }
        return promise;
    });
}

Napi::Value StateWrap::free(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&]() -> Napi::Value {
        Pending pending(env);
        const Napi::Promise promise = pending.deferred.Promise();
        const uint64_t id = data_->add_pending(std::move(pending));
        state_->free([mailbox = data_->mailbox, id] {
            mailbox->post([id](Napi::Env js) {
                EnvData::of(js)->settle(id,
                                        [&](Napi::Promise::Deferred & deferred) { deferred.Resolve(js.Undefined()); });
            });
        });
        return promise;
    });
}

}  // namespace steady::addon
