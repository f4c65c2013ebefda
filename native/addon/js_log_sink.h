#pragma once

#include <memory>

#include "core/log_router.h"
#include "env_data.h"

namespace steady::addon {

// Brings log lines of any thread to a JavaScript function (level: string, text: string). The function is let go, on the
// JavaScript thread, when the last owner of the sink is gone.
std::shared_ptr<LogSink> make_js_log_sink(const std::shared_ptr<EnvData> & data, const Napi::Function & callback);

}  // namespace steady::addon
