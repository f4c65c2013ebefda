#include "grammar.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#ifndef _WIN32
#include <unistd.h>
#endif

#include "check.h"
#include "grammar_growth.h"
#include "grammar_upstream.h"

namespace steady {
namespace {

Grammar parse(const std::string & text) {
    return Grammar::parse(text, "root");
}

void check_refused(const std::string & text, const std::string & part) {
    CHECK_THROWS_CODE_WITH(parse(text), "ERR_WHISPER_INVALID_ARG", part);
    CHECK_THROWS_CODE_WITH(parse(text), "ERR_WHISPER_INVALID_ARG", "grammar must ");
}

std::string repeat(const std::string & text, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) {
        out += text;
    }
    return out;
}

// A class of `count` CJK characters, every second one, so that none are neighbours.
std::string scattered_class(size_t count) {
    std::string text = "[";
    for (size_t i = 0; i < count; ++i) {
        const size_t c = 0x4e00 + 2 * i;
        text += {char(0xe0 | c >> 12), char(0x80 | (c >> 6 & 0x3f)), char(0x80 | (c & 0x3f))};
    }
    return text + "]";
}

// Steps of work that the search for ambiguity takes, also when it ends in a refusal.
size_t growth_work(const std::string & text) {
    ParsedGrammar parsed = parse_with_upstream(text);
    const RuleNames names(parsed.symbols);
    try {
        return check_growth(parsed.rules, names, parsed.symbols.at("root"));
    } catch (const CodedError &) {
        return 0;  // the search ends with the text that it found
    }
}

// r0 ::= "(" r1, r1 ::= r2 ... : a chain of references.
std::string chain(size_t length) {
    std::string text = "root ::= r1\n";
    for (size_t i = 1; i < length; ++i) {
        text += "r" + std::to_string(i) + " ::= r" + std::to_string(i + 1) + "\n";
    }
    return text + "r" + std::to_string(length) + " ::= \"x\"\n";
}

}  // namespace

TEST("grammar: whisper.cpp's own grammars") {
    for (const char * name : {"assistant", "chess", "colors"}) {
        const std::string path =
            check::source_path("node_modules/nodejs-whisper/cpp/whisper.cpp/grammars/" + std::string(name) + ".gbnf");
        const auto bytes = check::read_file(path);
        const std::string text(bytes.begin(), bytes.end());
        for (const char * start : {"root", "prompt"}) {
            const Grammar grammar = Grammar::parse(text, start);
            CHECK(grammar.rules().size() > 3);
        }
    }
}

TEST("grammar: rules come out as whisper.cpp wants them") {
    const Grammar grammar = parse("root ::= \"ab\" | [^x-z0]\nother ::= root");
    const auto rules = grammar.rules();
    REQUIRE(rules.size() == 2);
    CHECK_EQ(grammar.start_rule(), 0u);
    const std::pair<whisper_gretype, uint32_t> expected[] = {
        {WHISPER_GRETYPE_CHAR, 'a'},     {WHISPER_GRETYPE_CHAR, 'b'},           {WHISPER_GRETYPE_ALT, 0},
        {WHISPER_GRETYPE_CHAR_NOT, 'x'}, {WHISPER_GRETYPE_CHAR_RNG_UPPER, 'z'}, {WHISPER_GRETYPE_CHAR_ALT, '0'},
        {WHISPER_GRETYPE_END, 0}};
    for (size_t i = 0; i < std::size(expected); ++i) {
        CHECK_EQ(rules[0][i].type, expected[i].first);
        CHECK_EQ(rules[0][i].value, expected[i].second);
    }
    CHECK_EQ(Grammar::parse("a ::= \"x\"\nroot ::= a", "root").start_rule(), 1u);
    CHECK_EQ(Grammar::parse("a ::= b\nb ::= \"x\"\n", "a").start_rule(), 0u);
}

TEST("grammar: pointers stay valid when the object moves") {
    Grammar first = parse("root ::= \"x\"");
    const auto * rule = first.rules()[0];
    const Grammar second = std::move(first);
    CHECK_EQ(second.rules()[0], rule);
}

TEST("grammar: common constructs are accepted") {
    for (const char * text : {
             "root ::= \"yes\" | \"no\"",
             "root ::= \" \"? [0-9]+ (\",\" [0-9]+)*",
             "root ::= (\"a\" | \"b\" (\"c\" | \"d\")?)+ \".\"",
             "root  ::= expr\nexpr ::= term ([-+*/] term)*\nterm ::= [0-9]+ | \"(\" expr \")\"",
             "root ::= \"\\x41\\u00e9\\U0001F600\\n\\\"\\\\\" # comment ( \" [ \n",
             "root ::= [a-z\\]-]* [^\\n]",
             "root ::= \"\" | \"x\"",
             "root ::= item (\", \" item)* \" and \" item\nitem ::= \"\u00e4pfel\" | \"birnen\"",
             "root ::= \"a\" root | \"b\"",
             "root ::= \"(\" root \")\" root \";\" | \"x\"",
             "root ::= words\nwords ::= word (\" \" word)*\nword ::= [a-zA-Z']+",
             "root ::= object\nobject ::= \"{\" ws (pair (\",\" ws pair)*)? \"}\" ws\npair ::= string \":\" ws value\n"
             "array ::= \"[\" ws (value (\",\" ws value)*)? \"]\" ws\n"
             "value ::= (object | array | string | number | \"true\" | \"false\" | \"null\") ws\n"
             "string ::= \"\\\"\" ([^\"\\\\] | \"\\\\\" [\"\\\\/bfnrt])* \"\\\"\" ws\n"
             "number ::= \"-\"? [0-9]+ (\".\" [0-9]+)? ws\nws ::= ([ \\t\\n] ws)?",
         }) {
        try {
            parse(text);
        } catch (const CodedError & error) {
            check::report(__FILE__, __LINE__, std::string(text) + ": " + error.what());
        }
    }
    parse("root ::= " + repeat("(", 64) + "\"x\"" + repeat(")", 64));
    parse("root ::= \"" + repeat("(", 1000) + "\" [(((] # " + repeat("(", 1000));
    parse(chain(200));
    parse("root ::= \"" + repeat("x", 60000) + "\"");
    std::string words = "root ::= \"w0\"";
    for (int i = 1; i < 1000; ++i) {
        words += " | \"w" + std::to_string(i) + "\"";
    }
    parse(words);
}

TEST("grammar: syntax errors say where") {
    check_refused("root", "expecting ::= at line 1, column 5");
    check_refused("root ::= \"a\"\n  ?? ::= \"b\"", "expecting name at line 2, column 3");
    check_refused("root ::= \"abc", "unexpected end of input");
    check_refused("root ::= [abc", "unexpected end of input");
    check_refused("root ::= [a-", "unexpected end of input");
    check_refused("root ::= \"\\q\"", "unknown escape at line 1, column 11");
    check_refused("root ::= \"\\x4\"", "expecting 2 hex chars at line 1, column 13");
    check_refused("root ::= \"\\", "unknown escape");
    check_refused("root ::= (\"a\"", "expecting ')'");
    check_refused("root ::= \"a\")", "expecting newline or end at line 1, column 13");
    check_refused("root ::= *", "expecting preceding item");
    check_refused("root ::= []*", "expecting preceding item");
    check_refused("root = \"a\"", "expecting ::=");
    check_refused("", "define at least one rule");
    check_refused(" \n # only a comment\n", "define at least one rule");
}

TEST("grammar: errors are not printed") {
#ifndef _WIN32
    std::FILE * file = std::tmpfile();
    REQUIRE(file != nullptr);
    std::fflush(stderr);
    const int saved = ::dup(2);
    ::dup2(::fileno(file), 2);
    std::string code;
    try {
        parse("root ::= (((");
    } catch (const CodedError & error) {
        code = error.code();
    }
    std::fflush(stderr);
    ::dup2(saved, 2);
    ::close(saved);
    std::fseek(file, 0, SEEK_END);
    CHECK_EQ(std::ftell(file), 0);
    CHECK_EQ(code, "ERR_WHISPER_INVALID_ARG");
    std::fclose(file);
#else
    SKIP("needs POSIX descriptors");
#endif
}

TEST("grammar: start rule") {
    CHECK_THROWS_CODE_WITH(Grammar::parse("a ::= \"x\"\nb ::= a", "root"), "ERR_WHISPER_INVALID_ARG",
                           "grammar must define its start rule 'root'; it defines a, b");
    CHECK_THROWS_CODE(Grammar::parse("root ::= \"x\"", ""), "ERR_WHISPER_INVALID_ARG");
    CHECK_THROWS_CODE(Grammar::parse("root ::= \"x\"", "ROOT"), "ERR_WHISPER_INVALID_ARG");
    // one that the parser made for the group
    CHECK_THROWS_CODE(Grammar::parse("root ::= (\"x\")", "root_1"), "ERR_WHISPER_INVALID_ARG");
    CHECK_THROWS_CODE(Grammar::parse("root ::= a", "a"), "ERR_WHISPER_INVALID_ARG");
}

TEST("grammar: undefined rules") {
    check_refused("root ::= missing", "define rule 'missing'");
    check_refused("root ::= missing \"x\"\nother ::= \"y\"", "define rule 'missing'");
    check_refused("root ::= \"x\" | (\"y\" gone)* \"z\"", "define rule 'gone'");
}

TEST("grammar: left recursion") {
    check_refused("root ::= root", "not be left recursive: rule 'root'");
    check_refused("root ::= root \"a\" | \"b\"", "left recursive");
    check_refused("root ::= \"b\" | root", "left recursive");
    check_refused("root ::= a\na ::= b \"x\"\nb ::= a | \"y\"", "by way of");
    check_refused("root ::= a root\na ::= \"\"", "left recursive");
    check_refused("root ::= \"x\"? root \"y\"", "left recursive");
    check_refused("root ::= (\"x\"? | \"y\"*) root", "left recursive");
    check_refused("root ::= ()*", "left recursive");
    check_refused("root ::= (\"x\"*)*", "left recursive");
    check_refused("root ::= (\"x\"?)+", "left recursive");
    check_refused("root ::= \"x\" a\na ::= b b b \"z\"\nb ::= | a", "left recursive");
    check_refused("root ::= \"x\"\nunused ::= unused", "rule 'unused'");
    std::string cycle = chain(2000);
    cycle += "r2000 ::= r1\n";  // the later definition counts
    check_refused(cycle, "left recursive");
}

TEST("grammar: recursion that is deep, but ends") {
    check_refused(chain(300), "not chain more than 256");
    check_refused(chain(3000), "not chain more than 256");
    // 2^20 levels: each rule goes twice through the next one
    std::string doubling = "root ::= r1\n";
    for (int i = 1; i < 20; ++i) {
        const std::string next = "r" + std::to_string(i + 1);
        doubling += "r" + std::to_string(i) + " ::= " + next + " " + next + "\n";
    }
    check_refused(doubling + "r20 ::= | \"x\"", "grammar must not");
    check_refused("root ::= \"y\" " + repeat("a ", 300) + "\na ::= \"\"", "grammar must not");
    // After n brackets, one "x" walks through n optional endings.
    check_refused("root ::= \"(\" root \"!\"? | \"x\"", "put a character at the end");
    check_refused("root ::= \"if \" root else | \"x\"\nelse ::= (\" else \" root)?", "put a character at the end");
    check_refused("root ::= \"(\" a b | \"x\"\na ::= root\nb ::= \" \"*", "put a character at the end");
}

TEST("grammar: sizes") {
    check_refused("root ::= \"" + repeat("x", 65536) + "\"", "at most 65536 bytes");
    check_refused("root ::= " + repeat("(", 65) + "\"x\"" + repeat(")", 65), "nest brackets at most 64 deep");
    check_refused("root ::= " + repeat("(", 60000), "nest brackets");
    check_refused(repeat("r", 129) + " ::= \"x\"", "names of at most 128");
    check_refused(repeat("r", 30000) + " ::= \"x\"" + repeat("+", 30000), "names of at most 128");
    check_refused("root ::= \"x\"" + repeat("+", 5000), "4096 groups and repetitions");
    std::string rules = "root ::= \"x\"" + repeat("+", 4000) + "\n";
    for (int i = 0; i < 5000; ++i) {
        rules += {char('a' + i / 676), char('a' + i / 26 % 26), char('a' + i % 26)};
        rules += "::=\"\"\n";
    }
    check_refused(rules, "at most 8192 rules");
    check_refused("root ::= \"" + repeat("x", 40000) + "\"+", "at most 8192 rules and 65536");
}

TEST("grammar: text that is not text") {
    check_refused(std::string("root ::= \"x\"\0", 13), "NUL characters");
    check_refused("root ::= \"\xc3\"", "valid UTF-8; it is not at line 1, column 11");
    check_refused("root ::= \"\xff\"", "valid UTF-8");
    check_refused("root ::= \"\xc0\x80\"", "valid UTF-8");
    check_refused("root ::= \"\xf5\x80\x80\x80\"", "valid UTF-8");
    check_refused("root ::= \"x\"\n# \x80", "line 2, column 3");
}

TEST("grammar: character ranges") {
    check_refused("root ::= [z-a]", "from U+007A to U+0061");
    check_refused("root ::= \"x\" [0-9\\u00e9-\\x20]", "ranges from low to high");
    check_refused("root ::= \"\\U00110000\"", "U+10FFFF");
    check_refused("root ::= [a-\\UFFFFFFFF]", "U+10FFFF");
    parse("root ::= [a-a] [\\x00-\\U0010FFFF]");
}

TEST("grammar: ambiguity that grows without bounds") {
    check_refused("root ::= (\"a\" | \"a\")*", "ambiguous");
    check_refused("root ::= (\"a\"+)+", "ambiguous");
    check_refused("root ::= ([a-z]+ | [a-m]+)+ \"!\"", "ambiguous");
    check_refused("root ::= \"start \" (\"ab\" | \"a\" \"b\")*", "ambiguous");
    check_refused("root ::= " + repeat("\"a\"? ", 40), "ambiguous");
    check_refused("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"x\"", "ambiguous");
    // more than 1024 at once
    std::string words = "root ::= \"w0\"";
    for (int i = 1; i < 1100; ++i) {
        words += " | \"w" + std::to_string(i) + "\"";
    }
    check_refused(words, "1024 ways");
    check_refused(words + "\nother ::= \"x\"", "1024 ways");
}

TEST("grammar: a class has at most 1024 characters and ranges") {
    parse("root ::= " + scattered_class(1024));
    check_refused("root ::= " + scattered_class(1025), "at most 1024 characters and ranges in a class");
    check_refused("root ::= \"x\" | item\nitem ::= " + scattered_class(16000), "rule 'item' has one of 16000");
}

// The check runs on the JavaScript thread, so its work is bounded whatever the grammar.
TEST("grammar: the search for ambiguity counts all its work, and stops") {
    const std::string item = "\nc ::= " + scattered_class(1024) + "\n";
    std::string shared = "root ::= c \"0\"";
    std::string recursive = "root ::= c \"0\"";
    for (int i = 1; i < 500; ++i) {
        const std::string number = std::to_string(i);
        shared += " | c \"" + number + "\"";
        recursive += " | c \"" + number + "\" root";
    }
    std::string words = "root ::= (word \" \")*\nword ::= \"w0\"";
    for (int i = 1; i < 1000; ++i) {
        words += " | \"w" + std::to_string(i) + "\"";
    }
    const std::string long_rule = "root ::= (x | [b-z])*\nx ::= \"" + repeat("a", 60000) + "\"";
    size_t most = 0;
    for (const std::string & text : {shared + item, recursive + item, words, long_rule}) {
        const size_t work = growth_work(text);
        CHECK(work <= kMostGrowthWork + kMostGrowthWork / 10);
        most = std::max(most, work);
    }
    CHECK(most >= kMostGrowthWork);  // at least one of them is stopped
}

TEST("grammar: hostile grammars are refused or accepted, and come back") {
    std::string wide = "root ::= " + repeat("[a-z0-9] ", 2000);
    std::string classes = "root ::= [" + repeat("\xe4\xb8\x80", 20000) + "]*";
    std::string pairs = "root ::= (";
    for (int i = 0; i < 500; ++i) {
        pairs += "[" + std::string(1, char('a' + i % 26)) + "-z] | ";
    }
    std::string tree = "root ::= r1\n";
    for (int i = 1; i < 400; ++i) {
        tree += "r" + std::to_string(i) + " ::= \"a\" r" + std::to_string(i * 7 % 400) + " | \"b\" r" +
                std::to_string(i * 11 % 400) + " | \"c\"\n";
    }
    tree += "r0 ::= \"d\"\n";
    for (const std::string & text :
         {wide, classes, pairs + "\"!\")*", tree, "root ::= \"" + repeat("ab", 30000) + "\"",
          repeat("root ::= \"x\"\n", 4000), "root ::= " + repeat("x ", 20000) + "\nx ::= \"y\""}) {
        try {
            parse(text);
        } catch (const CodedError & error) {
            CHECK_EQ(error.code(), "ERR_WHISPER_INVALID_ARG");
        }
    }
}

}  // namespace steady
