#pragma once

#include "napi_setup.h"

namespace steady::addon {

// loadBackends, loadGpuBackend, tryGpuBackend, systemInfo.
void define_backend_functions(Napi::Env env, Napi::Object exports);

}  // namespace steady::addon
