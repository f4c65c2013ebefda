// What is wrong in a run, with what, and what a diagnosis may therefore say.

const MIB = 2 ** 20;

/**
 * `fault`: what every fresh state, context or process takes on from its beginning, as ageing does; undefined for none.
 * `supported`: hypotheses that have to be, with the parts that say where. `true`: all that hold; no other one may be
 * supported, none of these refuted.
 *
 * In each block a kept state runs one job and a fresh one two, one of them to warm up; a kept context runs seven, the kept
 * process ten: what lives higher up creeps with more jobs, and its share per job is smaller.
 */
export const truths = [
  // In 24 blocks to x1.4; a fresh state is at x1.03.
  {
    name: "state",
    fault: { kind: "cpu", course: "creep", magnitude: 0.016, lives: "state", recurs: true },
    supported: { H1: ["state"] },
    true: ["H1"],
  },
  // In 24 blocks to x1.4; a fresh context is at x1.01.
  {
    name: "context",
    fault: { kind: "cpu", course: "creep", magnitude: 0.0025, lives: "context", recurs: true },
    supported: { H1: ["context"] },
    true: ["H1"],
  },
  // It grows, and is no slower for it: cost follows work.
  {
    name: "memory",
    fault: { kind: "memory", course: "creep", magnitude: 3 * MIB, lives: "engine", recurs: true },
    supported: { H3: ["growth"] },
    true: ["H3", "H0"],
  },
  // What goes before each job's text grows to what the model can take. Whatever is kept or fresh: it ages nothing.
  {
    name: "prompt",
    fault: { kind: "prompt", course: "creep", magnitude: 2, lives: "everywhere" },
    supported: { H4: [] },
    true: ["H4", "H0"],
  },
  { name: "none", supported: { H0: [] }, true: ["H0"] },
];
