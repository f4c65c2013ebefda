#include "grammar_checks.h"

#include <algorithm>
#include <utility>

#include "grammar_text.h"

namespace steady {
namespace {

constexpr int kDeepest = 256;  // levels of whisper_grammar_advance_stack: some 60 KiB of a thread's stack
constexpr int kMostWays = 1024;

// What the recursion of whisper_grammar_advance_stack does with each rule. It expands the reference on top of a stack,
// one level deeper for each, until a character class is on top; where an alternative is empty it goes on with what
// follows the reference, deeper still.
class Recursion {
public:
    Recursion(std::vector<GrammarAlternative> alternatives, size_t rules, const RuleNames & names)
        : alternatives_(std::move(alternatives)),
          names_(names),
          of_rule_(rules),
          nullable_(rules, false),
          costs_(rules),
          longest_end_(rules, 0),
          after_(rules, 0) {
        for (size_t i = 0; i < alternatives_.size(); ++i) {
            of_rule_[alternatives_[i].rule].push_back(i);
        }
    }

    void check() {
        find_nullable();
        for (const size_t rule : order_by_first_references()) {
            measure(rule);
        }
        measure_continuations();
    }

private:
    // Depth and number of ways of an expansion; both stop counting just above their limits.
    struct Cost {
        int depth = 0;        // levels until the deepest character class or end is reached
        int empty_depth = 0;  // levels until the end is reached without a character, if nullable
        int ways = 0;         // ways to a character class
        int empty_ways = 0;   // ways to the end without a character
    };

    static int add(int a, int b, int limit) {
        return std::min(a + b, limit + 1);
    }

    static int multiply(int a, int b) {
        return int(std::min<int64_t>(int64_t(a) * b, kMostWays + 1));
    }

    // A rule is nullable if one of its alternatives consists of nullable rules only.
    void find_nullable() {
        std::vector<std::vector<size_t>> users(of_rule_.size());  // alternatives, once per reference
        std::vector<size_t> open(alternatives_.size());           // items not known to be nullable
        std::vector<size_t> found;
        const auto close = [&](size_t alternative) {
            const size_t rule = alternatives_[alternative].rule;
            if (open[alternative] == 0 && !nullable_[rule]) {
                nullable_[rule] = true;
                found.push_back(rule);
            }
        };
        for (size_t i = 0; i < alternatives_.size(); ++i) {
            open[i] = alternatives_[i].items.size();
            for (const size_t item : alternatives_[i].items) {
                if (item != kTerminal) {
                    users[item].push_back(i);
                }
            }
            close(i);
        }
        while (!found.empty()) {
            const size_t rule = found.back();
            found.pop_back();
            for (const size_t user : users[rule]) {
                --open[user];
                close(user);
            }
        }
    }

    // Rules that can come first in an expansion of this one: after nothing but nullable ones.
    std::vector<size_t> first_references(size_t rule) const {
        std::vector<size_t> first;
        for (const size_t alternative : of_rule_[rule]) {
            for (const size_t item : alternatives_[alternative].items) {
                if (item == kTerminal) {
                    break;
                }
                first.push_back(item);
                if (!nullable_[item]) {
                    break;
                }
            }
        }
        return first;
    }

    // Each rule after those that can come first in it. A rule that can come first in itself is left recursion, which
    // recurses without end.
    std::vector<size_t> order_by_first_references() const {
        struct Visit {
            size_t rule;
            std::vector<size_t> first;
            size_t next;
        };
        enum class Mark : uint8_t { unseen, open, done };
        std::vector<Mark> marks(of_rule_.size(), Mark::unseen);
        std::vector<size_t> order;
        std::vector<Visit> path;  // explicit: the rules may be chained deeper than our own stack
        const auto enter = [&](size_t rule) {
            marks[rule] = Mark::open;
            path.push_back({rule, first_references(rule), 0});
        };
        for (size_t rule = 0; rule < of_rule_.size(); ++rule) {
            if (marks[rule] != Mark::unseen) {
                continue;
            }
            enter(rule);
            while (!path.empty()) {
                Visit & visit = path.back();
                if (visit.next == visit.first.size()) {
                    marks[visit.rule] = Mark::done;
                    order.push_back(visit.rule);
                    path.pop_back();
                    continue;
                }
                const size_t next = visit.first[visit.next++];
                if (marks[next] == Mark::open) {
                    throw_left_recursion(next, path.size() > 1 ? path[path.size() - 1].rule : next);
                }
                if (marks[next] == Mark::unseen) {
                    enter(next);
                }
            }
        }
        return order;
    }

    [[noreturn]] void throw_left_recursion(size_t rule, size_t through) const {
        const std::string by = names_[through] == names_[rule] ? "" : " (by way of " + names_[through] + ")";
        throw_grammar("not be left recursive: rule " + names_[rule] + by +
                      " can start with itself, at once or after parts that may be empty; let it start with a "
                      "character, or use * and + on something that is not empty");
    }

    void measure(size_t rule) {
        Cost & cost = costs_[rule];
        for (const size_t alternative : of_rule_[rule]) {
            const Cost path = measure_items(alternatives_[alternative].items, 0);
            cost.depth = std::max(cost.depth, path.depth);
            cost.empty_depth = std::max(cost.empty_depth, path.empty_depth);
            cost.ways = add(cost.ways, path.ways, kMostWays);
            cost.empty_ways = add(cost.empty_ways, path.empty_ways, kMostWays);
        }
        cost.depth = add(cost.depth, 1, kDeepest);  // for the reference itself
        cost.empty_depth = add(cost.empty_depth, 1, kDeepest);
        check_cost(rule, cost);
    }

    // The items of an alternative from `at` on, up to the first that cannot be empty.
    Cost measure_items(const std::vector<size_t> & items, size_t at) const {
        Cost path;
        path.empty_ways = 1;
        for (; at < items.size(); ++at) {
            if (items[at] == kTerminal) {
                path.depth = std::max(path.depth, path.empty_depth);
                path.ways = add(path.ways, path.empty_ways, kMostWays);
                path.empty_depth = 0;
                path.empty_ways = 0;
                return path;
            }
            const Cost & cost = costs_[items[at]];
            path.depth = std::max(path.depth, add(path.empty_depth, cost.depth, kDeepest));
            path.ways = add(path.ways, multiply(path.empty_ways, cost.ways), kMostWays);
            if (!nullable_[items[at]]) {
                path.empty_depth = 0;
                path.empty_ways = 0;
                return path;
            }
            path.empty_depth = add(path.empty_depth, cost.empty_depth, kDeepest);
            path.empty_ways = multiply(path.empty_ways, cost.empty_ways);
        }
        path.depth = std::max(path.depth, path.empty_depth);
        return path;
    }

    void check_cost(size_t rule, const Cost & cost) const {
        if (cost.depth > kDeepest) {
            throw_grammar("not chain more than " + std::to_string(kDeepest) +
                          " references or optional parts without a character between them; rule " + names_[rule] +
                          " does");
        }
        if (cost.ways + cost.empty_ways > kMostWays) {
            throw_grammar("not offer more than " + std::to_string(kMostWays) + " ways to go on at one place; rule " +
                          names_[rule] + " does");
        }
    }

    // A reference and what follows it in its alternative: when its rule is finished, that is gone through too.
    struct Ending {
        size_t reference;
        int depth;
        int empty_depth;  // negative if it cannot be empty
    };

    // When a rule is finished, the recursion goes on in the rule that referred to it, and on, as long as nothing but
    // optional parts is left in them. For a rule that contains itself before optional parts only, that is as deep as
    // the text so far has nested it, and the number of stacks grows with it.
    void measure_continuations() {
        std::vector<std::vector<Ending>> endings(of_rule_.size());
        std::vector<size_t> changed;
        for (const GrammarAlternative & alternative : alternatives_) {
            collect_endings(alternative, endings[alternative.rule]);
            changed.push_back(alternative.rule);
        }
        while (!changed.empty()) {
            const size_t rule = changed.back();
            changed.pop_back();
            for (const Ending & ending : endings[rule]) {
                const int beyond = ending.empty_depth < 0 ? 0 : add(ending.empty_depth, after_[rule], kDeepest);
                const int depth = std::max(ending.depth, beyond);
                if (depth > after_[ending.reference]) {
                    after_[ending.reference] = depth;
                    check_after(ending.reference, rule, depth);
                    changed.push_back(ending.reference);
                }
            }
        }
        for (size_t rule = 0; rule < of_rule_.size(); ++rule) {
            check_after(rule, rule, add(longest_end_[rule], after_[rule], kDeepest));
        }
    }

    void collect_endings(const GrammarAlternative & alternative, std::vector<Ending> & endings) {
        const auto & items = alternative.items;
        for (size_t i = 0; i < items.size(); ++i) {
            const Cost rest = measure_items(items, i + 1);
            check_cost(alternative.rule, rest);
            int & longest = longest_end_[alternative.rule];
            longest = std::max(longest, rest.empty_depth);
            if (items[i] != kTerminal) {
                endings.push_back({items[i], rest.depth, rest.empty_ways > 0 ? rest.empty_depth : -1});
            }
        }
    }

    void check_after(size_t rule, size_t within, int depth) const {
        if (depth > kDeepest) {
            throw_grammar(
                "not let a rule contain itself with nothing but optional parts after it, nor end in more "
                "than " +
                std::to_string(kDeepest) + " optional parts; rule " + names_[rule] + " in " + names_[within] +
                " does: put a character at the end");
        }
    }

    const std::vector<GrammarAlternative> alternatives_;
    const RuleNames & names_;
    std::vector<std::vector<size_t>> of_rule_;  // indices of its alternatives
    std::vector<bool> nullable_;
    std::vector<Cost> costs_;
    std::vector<int> longest_end_;  // levels of the longest ending, if it is empty, of its alternatives
    std::vector<int> after_;        // levels that endings of the referring rules add
};

}  // namespace

void check_rules(const GrammarRules & rules, const RuleNames & names) {
    Recursion(read_alternatives(rules, names), rules.size(), names).check();
}

}  // namespace steady
