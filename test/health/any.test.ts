// Whatever comes: any samples, and any answers of a pool to what is decided.
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Decision, Detector, type HealthSample, RUNGS } from "../../lib/health/index.js";

const rung = fc.constantFrom(...RUNGS);
const ms = fc.oneof(
  { weight: 20, arbitrary: fc.double({ min: 1, max: 5000, noNaN: true }) },
  fc.constantFrom(0, Number.NaN, 1e-9, 1e12, -1),
);

/** Units and times swing between a few regimes, so that slow and fast stretches come about. */
const step = fc.record({
  unit: fc.nat(2),
  regime: fc.constantFrom(1, 1, 1, 1.7, 3),
  jobs: fc.integer({ min: 1, max: 40 }),
  kind: fc.constantFrom(undefined, "a", "b"),
  machine: fc.constantFrom(undefined, 1, 1.7, 3, 0, Number.NaN),
  tokens: fc.nat(300),
  fallbackTokens: fc.constantFrom(0, 0, 0, 200),
  odd: fc.option(ms, { freq: 10 }),
  answer: fc.constantFrom("done", "done", "done", "refused", "late", "replaced"),
  confirmed: fc.constantFrom(true, false, undefined),
  rung,
});

/** Of a case that once failed: no peer ran beside the slow jobs of a unit. */
const ALONE_SEED = -2_050_887_749;

it.each([
  ["anything", undefined, 150],
  ["without peers beside it", ALONE_SEED, 20],
])("%s: decides within its rights, and its report and memory hold", (_, seed, numRuns) => {
  let decided = 0;
  let jobs = 0;
  const types = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 80 }),
      fc.boolean(),
      fc.boolean(),
      fc.subarray([...RUNGS], { minLength: 1 }),
      (steps, shared, confirm, rungs) => {
        const detector = new Detector(3, { shared, rungs, parameters: { confirm } });
        const since = [0, 0, 0];
        let seq = 0;
        const act = (decision: Decision, { answer, confirmed }: (typeof steps)[number]) => {
          decided += 1;
          types.add(decision.type);
          expect(decision.text).not.toMatch(/NaN|undefined|Infinity/);
          if (decision.type === "confirm") {
            for (const next of detector.confirmed(decision.unit, confirmed))
              act(next, { answer, confirmed } as never);
          }
          if (decision.type !== "reset") return;
          expect(rungs).toContain(decision.rung);
          if (answer === "refused") return detector.notReset(decision.unit, "for a test");
          if (answer === "late") return;
          since[decision.unit] = 0;
          if (answer === "done") detector.wasReset(decision.unit, decision.rung);
          else detector.replaced(decision.unit, decision.rung);
        };
        for (const s of steps) {
          for (let n = 0; n < s.jobs; n++) {
            const unit = (s.unit + n) % 3;
            const sample: HealthSample = {
              ...{ seq: seq++, unit, atMs: seq * 1000, sinceReset: since[unit]!++, kind: s.kind },
              ...{
                audioSeconds: 5,
                windows: 1,
                tokens: s.tokens,
                fallbackTokens: s.fallbackTokens,
              },
              ...{ fallbacks: 0, segments: 1, queueMs: 0, machine: s.machine, encodeMs: 400 },
              decodeMs:
                s.odd ?? (80 + 15 * s.tokens) * (unit === 0 || s.regime === 3 ? s.regime : 1),
            };
            for (const decision of detector.observe(sample)) act(decision, s);
            jobs += 1;
          }
          if (s.answer === "late") detector.wasReset(s.unit, s.rung);
        }
        expect(detector.report().summary.join(" ")).not.toMatch(/NaN|undefined|Infinity/);
        const memory = JSON.parse(JSON.stringify(detector.memory()));
        expect(new Detector(3, { memory, shared, rungs }).memory()).toEqual(memory);
      },
    ),
    // Shrinking could go on for ever: what it has found by then is told.
    { numRuns, interruptAfterTimeLimit: 50_000, ...(seed !== undefined && { seed }) },
  );
  console.log(`${jobs} jobs, ${decided} decisions: ${[...types].join(", ")}`);
  expect(decided).toBeGreaterThan(numRuns / 2);
});
