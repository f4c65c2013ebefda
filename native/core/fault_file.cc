#include "fault_file.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <json.hpp>  // beside whisper.cpp's examples
#include <vector>

#include "coded_error.h"

namespace steady {

namespace {

namespace fs = std::filesystem;

const fs::path & fault_file() {
    // Once: Node may write the environment while this thread reads it.
    static const fs::path path = [] {
        const char * name = std::getenv("STEADY_FAULT_FILE");
        return fs::path(name == nullptr ? "" : name);
    }();
    return path;
}

fs::path beside(const fs::path & file, const char * suffix) {
    fs::path other = file;
    return other += suffix;
}

[[noreturn]] void refuse(const std::string & why) {
    throw CodedError("ERR_WHISPER_INVALID_ARG", "the file in STEADY_FAULT_FILE must hold a fault; " + why);
}

template <typename T>
T one_of(const nlohmann::json & object, const char * name, const std::vector<std::pair<const char *, T>> & values) {
    const std::string given = object.at(name).get<std::string>();
    for (const auto & [text, value] : values) {
        if (given == text) {
            return value;
        }
    }
    refuse(std::string(name) + " is \"" + given + "\"");
}

}  // namespace

Fault Fault::parse(const std::string & text) {
    Fault fault;
    try {
        const auto object = nlohmann::json::parse(text);
        fault.kind =
            one_of<Kind>(object, "kind", {{"cpu", Kind::cpu}, {"memory", Kind::memory}, {"prompt", Kind::prompt}});
        fault.creeps = one_of<bool>(object, "course", {{"step", false}, {"creep", true}});
        fault.lives = one_of<Home>(object, "lives",
                                   {{"state", Home::state},
                                    {"context", Home::context},
                                    {"engine", Home::engine},
                                    {"everywhere", Home::everywhere}});
        fault.magnitude = object.at("magnitude").get<double>();
        fault.recurs = object.value("recurs", false);
    } catch (const nlohmann::json::exception & e) {
        refuse(e.what());
    }
    const bool factor = fault.kind == Kind::cpu && !fault.creeps;
    if (!std::isfinite(fault.magnitude) || fault.magnitude < (factor ? 1 : 0)) {
        refuse("magnitude is " + std::to_string(fault.magnitude));
    }
    return fault;
}

std::optional<Fault> read_fault_file() {
    if (fault_file().empty()) {
        return std::nullopt;
    }
    std::ifstream in(fault_file(), std::ios::binary);
    if (!in.is_open()) {
        return std::nullopt;
    }
    return Fault::parse({std::istreambuf_iterator<char>(in), {}});
}

bool claim_fault_file() {
    std::error_code error;
    fs::rename(fault_file(), beside(fault_file(), ".claimed"), error);
    return !error;
}

uint64_t count_job_of_fault_file() {
    const fs::path counter = beside(fault_file(), ".jobs");
    {
        std::ofstream out(counter, std::ios::app | std::ios::binary);
        out.put('.');
    }
    std::error_code error;
    const auto size = fs::file_size(counter, error);
    return error ? 1 : static_cast<uint64_t>(size);
}

}  // namespace steady
