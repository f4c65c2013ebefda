import { Detector } from "../../lib/health/detector.js";
import type { Contender } from "./contender.js";
import { gatesOf } from "./gates.js";
import { healthContender } from "./health-adapter.js";
import { NAIVE } from "./naive.js";
import { oracle } from "./oracle.js";
import { referenceDecisions } from "./public-streams.js";
import { recorded } from "./recorded.js";
import type { ScoredStream } from "./scored-stream.js";

/** The detector of this package: the only one whose gates decide the exit status. */
const HEALTH = "health";

/** Those that know the public streams only. */
export const ON_PUBLIC_STREAMS: readonly string[] = ["reference"];

/** Everything that can be compared, by the name of `--detectors`. */
export const CONTENDERS: ReadonlyMap<string, Contender> = new Map<string, Contender>([
  [
    HEALTH,
    healthContender(
      ({ units, shared, resetMs }) =>
        new Detector(units, { shared, parameters: { costMs: resetMs } }),
    ),
  ],
  ...Object.entries(NAIVE),
  ["oracle", oracle],
  ["reference", recorded(referenceDecisions)],
]);

/** 1 if this package's detector ran and failed a gate; nobody else's gates matter. */
export function exitStatus(runs: ReadonlyMap<string, readonly ScoredStream[]>): 0 | 1 {
  const scored = runs.get(HEALTH);
  return scored && gatesOf(scored).some((gate) => gate.passed === false) ? 1 : 0;
}
