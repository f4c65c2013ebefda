#pragma once

#include <string>
#include <vector>

#include "core/context.h"
#include "core/job.h"
#include "core/state.h"
#include "napi_setup.h"

namespace steady::addon {

// `to_js(env, item)` makes the value of each. In scopes of their own: there can be thousands of them.
template <typename T, typename ToJs>
Napi::Array array_to_js(Napi::Env env, const std::vector<T> & items, ToJs to_js) {
    Napi::Array array = Napi::Array::New(env, items.size());
    for (size_t i = 0; i < items.size(); ++i) {
        const Napi::HandleScope scope(env);
        array.Set(static_cast<uint32_t>(i), to_js(env, items[i]));
    }
    return array;
}

Napi::Array strings_to_js(Napi::Env env, const std::vector<std::string> & strings);

// The core's structs to the plain objects of lib/native/binding.ts. JavaScript thread.
Napi::Object segment_to_js(Napi::Env env, const Segment & segment);
Napi::Array segments_to_js(Napi::Env env, const std::vector<Segment> & segments);
// Without the segments, which have been delivered one by one.
Napi::Object result_to_js(Napi::Env env, const JobResult & result);
Napi::Object context_info_to_js(Napi::Env env, const ContextInfo & info);
Napi::Object device_to_js(Napi::Env env, const DeviceInfo & device);
Napi::Object device_memory_to_js(Napi::Env env, const DeviceMemory & memory);
Napi::Object state_info_to_js(Napi::Env env, const StateInfo & info);

// A Float32Array over `samples`, without a copy where the platform allows memory from outside V8's heap.
Napi::Value samples_to_js(Napi::Env env, std::vector<float> && samples);

}  // namespace steady::addon
