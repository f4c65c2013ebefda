#pragma once

#include "napi_setup.h"

namespace steady::addon {

// confineProcess, mirrorLog: see lib/native/binding.ts. For a process that computes for another one.
void define_process_functions(Napi::Env env, Napi::Object exports);

}  // namespace steady::addon
