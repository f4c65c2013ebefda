#pragma once

// The only place that includes napi.h. NAPI_VERSION and the exception mode come from CMake, for every file alike.
#include <napi.h>
