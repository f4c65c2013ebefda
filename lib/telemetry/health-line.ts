import { loadavg } from "node:os";
import type { Decision } from "../health/decision.js";

/** The fields of a health decision's log line: snake_case, times in ms. */
export function healthLine(decision: Decision): Record<string, unknown> {
  const { type: _, text: __, unit, ...rest } = decision;
  const { expectedMs, observedMs, perHour, ...others } = rest as typeof rest & {
    expectedMs?: number;
    observedMs?: number;
    perHour?: number;
  };
  return {
    slot: unit,
    ...Object.fromEntries(Object.entries(others).map(([key, value]) => [key, rounded(value)])),
    t_expected_ms: rounded(expectedMs),
    t_observed_ms: rounded(observedMs),
    per_hour: perHour,
    // The machine's, over the last minute: 0 where the platform doesn't tell.
    load_average: rounded(loadavg()[0]),
  };
}

function rounded(value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(3)) : value;
}
