#pragma once

// A test harness in one header. A case is TEST("name") { ... }; it fails when a CHECK in it fails or an exception
// leaves it. CHECKs go on after a failure and may be used from any thread; REQUIRE ends the case.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "coded_error.h"

#ifndef STEADY_SOURCE_DIR
#define STEADY_SOURCE_DIR "."
#endif

namespace steady::check {

struct Case {
    const char * name;
    void (*body)();
};

// Thrown by SKIP and REQUIRE to leave a case.
struct Skipped {
    std::string why;
};
struct Stopped {};

inline std::vector<Case> & cases() {
    static std::vector<Case> all;
    return all;
}

struct Registration {
    Registration(const char * name, void (*body)()) {
        cases().push_back({name, body});
    }
};

// Failed checks of the running case.
inline std::atomic<int> failures{0};

inline void report(const char * file, int line, const std::string & message) {
    ++failures;
    std::fprintf(stderr, "    %s:%d: %s\n", file, line, message.c_str());
}

template <typename T, typename = void>
struct IsPrintable : std::false_type {};
template <typename T>
struct IsPrintable<T, std::void_t<decltype(std::declval<std::ostream &>() << std::declval<const T &>())>>
    : std::true_type {};

template <typename T>
std::string text_of(const T & value) {
    if constexpr (std::is_same_v<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (std::is_null_pointer_v<T>) {
        return "null";
    } else if constexpr (std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(value));
    } else if constexpr (std::is_convertible_v<const T &, std::string>) {
        return "'" + std::string(value) + "'";
    } else if constexpr (IsPrintable<T>::value) {
        std::ostringstream out;
        if constexpr (std::is_arithmetic_v<T>) {
            out.precision(std::is_same_v<T, float> ? 9 : 17);
            out << +value;  // + prints small integers as numbers
        } else {
            out << value;
        }
        return out.str();
    } else {
        return "(a value of " + std::to_string(sizeof(T)) + " bytes)";
    }
}

// Integers of any signedness compare by value, strings of any kind by content.
template <typename A, typename B>
bool equal(const A & a, const B & b) {
    if constexpr (std::is_integral_v<A> && std::is_integral_v<B> && std::is_signed_v<A> != std::is_signed_v<B>) {
        if constexpr (std::is_signed_v<A>) {
            return a >= 0 && static_cast<std::make_unsigned_t<A>>(a) == b;
        } else {
            return b >= 0 && a == static_cast<std::make_unsigned_t<B>>(b);
        }
    } else if constexpr (std::is_convertible_v<const A &, std::string> &&
                         std::is_convertible_v<const B &, std::string> && !std::is_null_pointer_v<A> &&
                         !std::is_null_pointer_v<B>) {
        return std::string(a) == std::string(b);
    } else {
        return a == b;
    }
}

template <typename A, typename B>
bool check_equal(const char * file, int line, const char * text, const A & actual, const B & expected) {
    if (equal(actual, expected)) {
        return true;
    }
    report(file, line, std::string(text) + ": " + text_of(actual) + ", expected " + text_of(expected));
    return false;
}

// `part` must occur in the message.
template <typename F>
void check_throws_code(const char * file, int line, const char * text, F && run, const std::string & code,
                       const std::string & part) {
    try {
        run();
    } catch (const CodedError & error) {
        if (error.code() != code) {
            report(file, line,
                   std::string(text) + ": threw " + error.code() + " (" + error.what() + "), expected " + code);
        } else if (std::string(error.what()).find(part) == std::string::npos) {
            report(file, line, std::string(text) + ": the message '" + error.what() + "' lacks '" + part + "'");
        }
        return;
    } catch (const std::exception & error) {
        report(file, line, std::string(text) + ": threw '" + error.what() + "', expected " + code);
        return;
    }
    report(file, line, std::string(text) + ": did not throw, expected " + code);
}

enum class Outcome { passed, failed, skipped };

inline Outcome run_one(const Case & test) {
    failures = 0;
    std::string why;
    const auto started = std::chrono::steady_clock::now();
    try {
        test.body();
    } catch (const Skipped & skipped) {
        why = skipped.why;
    } catch (const Stopped &) {
    } catch (const std::exception & error) {
        report(test.name, 0, std::string("an exception left the case: ") + error.what());
    } catch (...) {
        report(test.name, 0, "an unknown exception left the case");
    }
    if (failures > 0) {
        std::printf("FAIL  %s\n", test.name);
        return Outcome::failed;
    }
    if (!why.empty()) {
        std::printf("skip  %s: %s\n", test.name, why.c_str());
        return Outcome::skipped;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    if (took.count() < 1.0) {
        std::printf("ok    %s\n", test.name);
    } else {
        std::printf("ok    %s (%.0f s)\n", test.name, took.count());
    }
    return Outcome::passed;
}

// Runs the cases whose name contains `filter` (all for an empty one). Returns the number of failed cases, or 1 if
// nothing ran: a filter that matches nothing must not look like success.
inline int run_all(const std::string & filter) {
    int counts[3] = {0, 0, 0};
    for (const Case & test : cases()) {
        if (std::strstr(test.name, filter.c_str()) != nullptr) {
            ++counts[static_cast<int>(run_one(test))];
            std::fflush(stdout);
        }
    }
    std::printf("%d passed, %d failed, %d skipped\n", counts[0], counts[1], counts[2]);
    std::fflush(stdout);
    const bool nothing = counts[0] + counts[1] + counts[2] == 0;
    return nothing ? 1 : counts[1];
}

// A file of the source tree.
inline std::string source_path(const std::string & relative) {
    return std::string(STEADY_SOURCE_DIR) + "/" + relative;
}

// A file of the optional folder of shared test data: environment variable STEADY_SHARED, or "shared" beside the
// source tree.
inline std::string shared_path(const std::string & relative) {
    const char * folder = std::getenv("STEADY_SHARED");
    return (folder != nullptr && *folder != '\0' ? std::string(folder) : source_path("../shared")) + "/" + relative;
}

inline bool file_exists(const std::string & path) {
    return std::ifstream(path, std::ios::binary).good();
}

inline std::vector<uint8_t> read_file(const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    if (!in.good()) {
        throw std::runtime_error("cannot read test file " + path);
    }
    return std::vector<uint8_t>(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace steady::check

#define STEADY_JOIN2(a, b) a##b
#define STEADY_JOIN(a, b) STEADY_JOIN2(a, b)

#define TEST(name)                                                                                                    \
    static void STEADY_JOIN(test_case_, __LINE__)();                                                                  \
    static const ::steady::check::Registration STEADY_JOIN(registered_, __LINE__)(name,                               \
                                                                                  STEADY_JOIN(test_case_, __LINE__)); \
    static void STEADY_JOIN(test_case_, __LINE__)()

#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            ::steady::check::report(__FILE__, __LINE__, #condition " is false"); \
        }                                                                        \
    } while (false)

#define CHECK_EQ(actual, expected) \
    static_cast<void>(::steady::check::check_equal(__FILE__, __LINE__, #actual, (actual), (expected)))

// The expression throws a CodedError with this code.
#define CHECK_THROWS_CODE(expression, code) CHECK_THROWS_CODE_WITH(expression, code, "")

// ... and its message contains `part`.
#define CHECK_THROWS_CODE_WITH(expression, code, part) \
    ::steady::check::check_throws_code(                \
        __FILE__, __LINE__, #expression, [&] { static_cast<void>(expression); }, code, part)

#define REQUIRE(condition)                                                       \
    do {                                                                         \
        if (!(condition)) {                                                      \
            ::steady::check::report(__FILE__, __LINE__, #condition " is false"); \
            throw ::steady::check::Stopped{};                                    \
        }                                                                        \
    } while (false)

#define SKIP(why) \
    throw ::steady::check::Skipped { why }

// Begins a case that is about results, not about threads, and takes ThreadSanitizer minutes.
#if defined(__SANITIZE_THREAD__)
#define LONG_WITHOUT_RACES() SKIP("takes minutes under ThreadSanitizer, and isn't about threads")
#else
#define LONG_WITHOUT_RACES() static_cast<void>(0)
#endif
