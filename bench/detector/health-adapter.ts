import type { Decision } from "../../lib/health/decision.js";
import type { HealthSample, Rung } from "../../lib/health/sample.js";
import type { Contender } from "./contender.js";
import type { Stream } from "./stream.js";

/** As much of lib/health's detector as a replay needs. */
export interface HealthDetector {
  observe(sample: HealthSample): readonly Decision[];
  wasReset(unit: number, rung: Rung): void;
}

/** What a detector may know about the pool. */
export type PoolFacts = Pick<Stream, "units" | "shared" | "resetMs">;

/** A detector whose resets take effect at once. `create` makes one for each stream. */
export function healthContender(create: (pool: PoolFacts) => HealthDetector): Contender {
  return {
    start({ units, shared, resetMs }) {
      const detector = create({ units, shared, resetMs });
      return {
        observe(sample) {
          const decisions = detector.observe(sample);
          for (const decision of decisions) {
            if (decision.type === "reset") detector.wasReset(decision.unit, decision.rung);
          }
          return decisions;
        },
      };
    },
  };
}
