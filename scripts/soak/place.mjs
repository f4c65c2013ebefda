// What the `job` event of a job and this process say of it, once it has ended.

import { existsSync, readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { workOf } from "./content.mjs";

/** A report comes soon after its job has settled. */
const REPORT_AFTER_MS = 30_000;

/** The pool's reports, for whoever waits for one. */
export class Reports {
  /** How many came for jobs that have had one, or that there are none of. */
  surplus = 0;
  #waiting = new Map();

  constructor(pool) {
    pool.on("job", (report) => {
      const take = this.#waiting.get(report.jobId);
      this.#waiting.delete(report.jobId);
      if (take) take(report);
      else this.surplus += 1;
    });
  }

  /** To be called before the job can have ended. Undefined if none comes in time after `settled`. */
  of(index, settled) {
    const reported = new Promise((resolve) => this.#waiting.set(String(index), resolve));
    const limit = new AbortController();
    const { signal } = limit;
    const late = settled.then(() => setTimeout(REPORT_AFTER_MS, undefined, { signal }));
    late.catch(() => {});
    return Promise.race([reported, late]).finally(() => limit.abort());
  }
}

/** The figures of a job's line. Times are ms since the epoch, memory is in bytes. */
export function figuresOf(report, submittedAt) {
  const { place, timing } = report;
  globalThis.gc?.(); // what nobody has collected yet is no growth
  return {
    outcome: report.outcome,
    ...(report.error && { code: report.error.code }),
    ...(report.interruptions > 0 && { interruptions: report.interruptions }),
    ...(place && {
      ...{ slot: place.slot, generation: place.generation, engine: place.engineGeneration },
      start: submittedAt + report.queueMs,
    }),
    end: submittedAt + report.totalMs,
    ...(timing && {
      ...{ wallMs: timing.wallMs, cpuMs: timing.cpuMs, runDelayMs: timing.runDelayMs },
      ...workOf(timing),
    }),
    ...memory(),
    engineRssBytes: place?.memory.after?.rssBytes,
    ...handles(),
  };
}

function memory() {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { hostRssBytes: rss, heapBytes: heapUsed, externalBytes: external };
}

/** Threads and open files of this process. */
function handles() {
  if (!existsSync("/proc/self/task")) return {};
  const count = (folder) => readdirSync(`/proc/self/${folder}`).length;
  return { threads: count("task"), files: count("fd") };
}
