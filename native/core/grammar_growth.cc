#include "grammar_growth.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "grammar_text.h"

namespace steady {
namespace {

constexpr size_t kMostStacks = 1024;
// What one step of work stands for, some 10 ns, and how many of them the larger things cost.
constexpr size_t kWorkPerText = 16;   // a new text: its copy, its place among the others
constexpr size_t kWorkPerStack = 10;  // a new stack, beside its length
constexpr size_t kWorkPerRange = 12;  // a range whose bounds are sorted
constexpr int kWalks = 100;
constexpr size_t kWalkLength = 60;
constexpr size_t kGreedyTries = 8;
constexpr size_t kShown = 64;  // characters of an example text
constexpr uint32_t kLastCodePoint = 0x10ffff;

using Element = whisper_grammar_element;
using Stack = std::vector<const Element *>;

bool ends_alternative(const Element & element) {
    return element.type == WHISPER_GRETYPE_END || element.type == WHISPER_GRETYPE_ALT;
}

// One range of the character class at `element`; moves to the next one.
std::pair<uint32_t, uint32_t> take_range(const Element *& element) {
    const uint32_t low = element->value;
    const bool range = element[1].type == WHISPER_GRETYPE_CHAR_RNG_UPPER;
    const uint32_t high = range ? element[1].value : low;
    element += range ? 2 : 1;
    return {low, high};
}

// A text (of which the beginning is kept), and all the ways to read it.
struct State {
    std::vector<Stack> stacks;
    std::u32string text;
    size_t length = 0;
};

std::string to_utf8(const std::u32string & text) {
    std::string out;
    for (const char32_t c : text) {
        if (c < 0x80) {
            out += char(c);
        } else if (c < 0x800) {
            out += {char(0xc0 | c >> 6), char(0x80 | (c & 0x3f))};
        } else if (c < 0x10000) {
            out += {char(0xe0 | c >> 12), char(0x80 | (c >> 6 & 0x3f)), char(0x80 | (c & 0x3f))};
        } else {
            out += {char(0xf0 | c >> 18), char(0x80 | (c >> 12 & 0x3f)), char(0x80 | (c >> 6 & 0x3f)),
                    char(0x80 | (c & 0x3f))};
        }
    }
    return out;
}

// Looks for a text with too many stacks, by reading as whisper.cpp does (whisper_grammar_init, _accept and
// _advance_stack).
class Search {
public:
    Search(const GrammarRules & rules, const RuleNames & names, size_t start)
        : rules_(rules),
          names_(names),
          start_(start),
          alternatives_(rules.size()) {
        for (size_t rule = 0; rule < rules_.size(); ++rule) {
            alternatives_[rule] = alternatives_of(rules_[rule]);
        }
    }

    // Returns the steps of work that it took.
    size_t run() {
        const State first = start_state();
        check(first);
        if (!explore(first)) {
            wander(first);
        }
        return work_;
    }

private:
    // All texts, those with the most stacks for their length first: what grows exponentially is found after some ten
    // characters. True if there are no more: then no text at all has too many.
    bool explore(const State & first) {
        push(first);
        while (!open_.empty()) {
            std::pop_heap(open_.begin(), open_.end(), less_promising);
            const State state = std::move(open_.back());
            open_.pop_back();
            for (const uint32_t c : characters(state)) {
                push(accept(state, c));
                if (spent()) {
                    return false;
                }
            }
        }
        return true;
    }

    // Random texts, half greedy: slow growth at first, as of (a* b a b | a*)*, leads the other search astray.
    void wander(const State & first) {
        limit_ = kMostGrowthWork;
        for (int walk = 0; walk < kWalks && !spent(); ++walk) {
            State state = first;
            while (state.length < kWalkLength && !state.stacks.empty() && !spent()) {
                state = step(state);
                check(state);
            }
        }
    }

    State step(const State & state) {
        const std::vector<uint32_t> choices = characters(state);
        State best = accept(state, choices[random(choices.size())]);
        const size_t others = random(2) == 0 ? kGreedyTries : best.stacks.empty() ? 1 : 0;
        for (size_t i = 0; i < others && !spent(); ++i) {
            State other = accept(state, choices[random(choices.size())]);
            if (other.stacks.size() > best.stacks.size()) {
                best = std::move(other);
            }
        }
        return best;
    }

    // The same for every run: a grammar is not accepted once and refused later.
    size_t random(size_t bound) {
        random_ = random_ * 6364136223846793005u + 1442695040888963407u;
        return size_t(random_ >> 33) % bound;
    }

    static bool less_promising(const State & a, const State & b) {
        return a.stacks.size() * (b.length + 1) < b.stacks.size() * (a.length + 1);
    }

    // Every loop below counts its work, and ends early when none is left: what it has found until then is true, but not
    // all there is.
    bool spent() const {
        return work_ >= limit_;
    }

    // Where each alternative starts.
    static std::vector<const Element *> alternatives_of(const std::vector<Element> & rule) {
        std::vector<const Element *> starts = {rule.data()};
        for (const Element & element : rule) {
            if (element.type == WHISPER_GRETYPE_ALT) {
                starts.push_back(&element + 1);
            }
        }
        return starts;
    }

    State start_state() {
        State state;
        for (const Element * element : alternatives_[start_]) {
            Stack stack;
            if (!ends_alternative(*element)) {
                stack.push_back(element);
            }
            advance(stack, state.stacks);
        }
        return state;
    }

    // whisper_grammar_advance_stack. check_rules has bounded the recursion.
    void advance(const Stack & stack, std::vector<Stack> & out) {
        work_ += stack.size() + kWorkPerStack;
        if (stack.empty() || stack.back()->type != WHISPER_GRETYPE_RULE_REF) {
            out.push_back(stack);
            return;
        }
        const Element * reference = stack.back();
        for (const Element * element : alternatives_[reference->value]) {
            if (out.size() > kMostStacks || spent()) {
                return;
            }
            Stack next(stack.begin(), stack.end() - 1);
            if (!ends_alternative(reference[1])) {
                next.push_back(reference + 1);
            }
            if (!ends_alternative(*element)) {
                next.push_back(element);
            }
            advance(next, out);
        }
    }

    State accept(const State & state, uint32_t c) {
        State next;
        work_ += kWorkPerText;
        for (const Stack & stack : state.stacks) {
            if (next.stacks.size() > kMostStacks || spent()) {
                break;
            }
            ++work_;
            if (stack.empty()) {
                continue;
            }
            const Element * element = stack.back();
            const bool positive = element->type == WHISPER_GRETYPE_CHAR;
            bool found = false;
            do {
                const auto range = take_range(element);
                found = found || (range.first <= c && c <= range.second);
                ++work_;
            } while (element->type == WHISPER_GRETYPE_CHAR_ALT);
            if (found == positive) {
                Stack rest(stack.begin(), stack.end() - 1);
                if (!ends_alternative(*element)) {
                    rest.push_back(element);
                }
                advance(rest, next.stacks);
            }
        }
        next.length = state.length + 1;
        next.text = state.text;
        if (next.text.size() < kShown) {
            next.text += char32_t(c);
        }
        return next;
    }

    // One character for each set of characters that the stacks treat alike.
    std::vector<uint32_t> characters(const State & state) {
        std::vector<uint32_t> bounds = {1};
        for (const Stack & stack : state.stacks) {
            if (spent()) {
                break;
            }
            ++work_;
            if (stack.empty()) {
                continue;
            }
            const Element * element = stack.back();
            do {
                const auto range = take_range(element);
                bounds.push_back(std::max<uint32_t>(range.first, 1));
                bounds.push_back(std::min(range.second + 1, kLastCodePoint));
                work_ += kWorkPerRange;
            } while (element->type == WHISPER_GRETYPE_CHAR_ALT);
        }
        std::sort(bounds.begin(), bounds.end());
        bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
        for (size_t i = 0; i < bounds.size(); ++i) {
            const uint32_t last = i + 1 < bounds.size() ? bounds[i + 1] - 1 : kLastCodePoint;
            bounds[i] = bounds[i] < ' ' && last >= ' ' ? ' ' : bounds[i];  // readable where there is a choice
        }
        return bounds;
    }

    void check(const State & state) const {
        if (state.stacks.size() > kMostStacks) {
            throw_grammar("not be so ambiguous that more than " + std::to_string(kMostStacks) +
                          " ways to read a text must be followed at once; rule " + names_[start_] +
                          " has them after \"" + to_utf8(state.text) +
                          "\": let alternatives start differently, and write repetitions as one * or +");
        }
    }

    void push(State state) {
        check(state);
        if (!state.stacks.empty() && seen_.insert(hash(state)).second) {
            open_.push_back(std::move(state));
            std::push_heap(open_.begin(), open_.end(), less_promising);
        }
    }

    // Of the stacks alone, in any order: other texts lead to the same ones.
    static uint64_t hash(const State & state) {
        uint64_t sum = state.stacks.size();
        for (const Stack & stack : state.stacks) {
            uint64_t value = 14695981039346656037u;
            for (const Element * element : stack) {
                value = (value ^ reinterpret_cast<uintptr_t>(element)) * 1099511628211u;
                value ^= value >> 29;
            }
            sum += value * (value | 1);
        }
        return sum;
    }

    const GrammarRules & rules_;
    const RuleNames & names_;
    const size_t start_;
    std::vector<std::vector<const Element *>> alternatives_;  // of each rule
    size_t work_ = 0;
    size_t limit_ = kMostGrowthWork / 2;  // of the first search; the second one has as much
    uint64_t random_ = 1;
    std::vector<State> open_;  // a heap
    std::unordered_set<uint64_t> seen_;
};

}  // namespace

size_t check_growth(const GrammarRules & rules, const RuleNames & names, size_t start) {
    return Search(rules, names, start).run();
}

}  // namespace steady
