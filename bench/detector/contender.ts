import type { Decision } from "../../lib/health/decision.js";
import type { HealthSample } from "../../lib/health/sample.js";
import type { Stream } from "./stream.js";

type Reset = Extract<Decision, { type: "reset" }>;

/** As much of a decision as is scored. Those of lib/health are such decisions. */
export type ScoredDecision =
  /** Takes effect before the unit's next job. */
  | Pick<Reset, "type" | "unit" | "rung" | "cause">
  | { readonly type: Exclude<Decision["type"], "reset"> };

/** Follows one stream. */
export interface Watcher {
  observe(sample: HealthSample): readonly ScoredDecision[];
}

/** What is compared: something that decides about resets. */
export interface Contender {
  /** Only the oracle may look at the stream's faults and jobs. */
  start(stream: Stream): Watcher;
}
