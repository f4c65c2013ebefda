import type { RecycleReport } from "../pool/recycle-report.js";

/** The fields of a recycle's log line: snake_case, bytes, times in ms. */
export function recycleLine(report: RecycleReport): Record<string, unknown> {
  return {
    rung: report.rung,
    reason: report.reason,
    outcome: report.outcome,
    slots: report.slots,
    from_generations: report.from,
    to_generation: report.to,
    stopped: report.stopped,
    needed_bytes: report.neededBytes,
    available_bytes: report.availableBytes,
    t_load_ms: Math.round(report.loadMs),
    t_warm_ms: Math.round(report.warmMs),
    t_total_ms: Math.round(report.totalMs),
    error_code: report.error?.code,
    error: report.error?.message,
  };
}
