import type { Contender } from "../../bench/detector/contender.js";
import type { Fault, Stream } from "../../bench/detector/stream.js";
import type { Rung } from "../../lib/health/sample.js";

/** Jobs that all take 100 ms of encode and 200 ms of decode, and arrive a second apart in each unit's turn. */
export function constantStream(
  count: number,
  { units = 1, faults = [], ...rest }: Partial<Stream> = {},
): Stream {
  return {
    id: "constant",
    scenario: "a_stable",
    units,
    shared: false,
    resetMs: { state: 25, context: 2500, process: 3500 },
    warmUp: { state: [1], context: [1.5, 1.25], process: [2] },
    warmUpAtStart: [],
    faults,
    jobs: Array.from({ length: count }, (_, seq) => ({
      seq,
      unit: seq % units,
      arrivalMs: (1000 * seq) / units,
      audioSeconds: 10,
      windows: 1,
      tokens: 30,
      fallbackTokens: 0,
      fallbacks: 0,
      segments: 3,
      encodeMs: 100,
      decodeMs: 200,
      machine: 1,
    })),
    ...rest,
  };
}

export function step(fault: Partial<Fault> = {}): Fault {
  return {
    unit: 0,
    onset: 10,
    course: "step",
    magnitude: 2,
    cap: 4,
    phase: "both",
    cure: "context",
    recursAfter: undefined,
    ...fault,
  };
}

export function creep(fault: Partial<Fault> = {}): Fault {
  return step({ course: "creep", magnitude: 0.1, ...fault });
}

/** Resets unit 0 at a rung after each of these jobs. */
export function resetsAfter(
  resets: Readonly<Record<number, Rung>>,
  cause: "regression" | "preventive" = "regression",
): Contender {
  return {
    start: () => ({
      observe: ({ seq }) => {
        const rung = resets[seq];
        return rung ? [{ type: "reset", unit: 0, rung, cause }] : [];
      },
    }),
  };
}
