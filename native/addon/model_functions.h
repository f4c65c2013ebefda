#pragma once

#include "napi_setup.h"

namespace steady::addon {

// checkModelFile: see lib/native/binding.ts.
void define_model_functions(Napi::Env env, Napi::Object exports);

}  // namespace steady::addon
