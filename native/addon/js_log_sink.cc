#include "js_log_sink.h"

namespace steady::addon {

namespace {

const char * level_name(LogLevel level) {
    switch (level) {
        case LogLevel::error: return "error";
        case LogLevel::warn: return "warn";
        case LogLevel::info: return "info";
        case LogLevel::debug: break;
    }
    return "debug";
}

class JsLogSink : public LogSink {
public:
    JsLogSink(std::shared_ptr<Mailbox> mailbox, uint64_t callback)
        : mailbox_(std::move(mailbox)),
          callback_(callback) {}

    // On whatever thread owned the context last.
    ~JsLogSink() override {
        mailbox_->post([id = callback_](Napi::Env env) { EnvData::of(env)->remove_callback(id); });
    }

    // Any thread.
    void line(LogLevel level, const std::string & text) override {
        mailbox_->post([id = callback_, level, text](Napi::Env env) {
            if (Napi::FunctionReference * callback = EnvData::of(env)->find_callback(id)) {
                callback->Call({Napi::String::New(env, level_name(level)), Napi::String::New(env, text)});
            }
        });
    }

private:
    const std::shared_ptr<Mailbox> mailbox_;
    const uint64_t callback_;
};

}  // namespace

std::shared_ptr<LogSink> make_js_log_sink(const std::shared_ptr<EnvData> & data, const Napi::Function & callback) {
    return std::make_shared<JsLogSink>(data->mailbox, data->add_callback(callback));
}

}  // namespace steady::addon
