#pragma once

#include "napi_setup.h"

namespace steady::addon {

// decodeAudioFile, decodeAudioBytes, resampleF32, resampleS16: see lib/native/binding.ts.
void define_audio_functions(Napi::Env env, Napi::Object exports);

}  // namespace steady::addon
