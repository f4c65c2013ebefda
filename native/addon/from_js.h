#pragma once

#include "core/context.h"
#include "core/job_params.h"
#include "napi_setup.h"

namespace steady::addon {

// Plain objects of lib/native/binding.ts to the core's structs. lib/options.ts has validated them; these functions
// still throw ERR_WHISPER_INVALID_ARG for anything of the wrong type, since any code can call an addon.
ContextOptions context_options_from_js(const Napi::Object & options);
JobParams job_params_from_js(const Napi::Object & params);

// A copy: JavaScript may write to, transfer or detach the array while native threads read.
std::vector<float> samples_from_js(const Napi::Value & value);
std::vector<uint8_t> bytes_from_js(const Napi::Value & value, const char * name);

std::string string_from_js(const Napi::Value & value, const char * name);
int int_from_js(const Napi::Value & value, const char * name);
double number_from_js(const Napi::Value & value, const char * name);

}  // namespace steady::addon
