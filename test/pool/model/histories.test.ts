// Thousands of random lives of a pool on engines that compute nothing, under a clock that only goes on when told to.

import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isEngineDeath } from "../../../lib/pool/job.js";
import { stopClock } from "../fake/pool.js";
import { history, judge, live } from "./history.js";

const RUNS = Number(process.env.STEADY_HISTORIES ?? 3000);

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

it(`holds in ${RUNS} random histories of submit, cancel, timeout, failure, crash, slowness, recycle, resize and drain`, async () => {
  const seen = {
    jobs: 0,
    completed: 0,
    recycles: 0,
    stopped: 0,
    failed: 0,
    failedPools: 0,
    crashes: 0,
    interrupted: 0,
    blamed: 0,
    regressions: 0,
    verdicts: 0,
    gaveUp: 0,
  };
  await fc.assert(
    fc.asyncProperty(history, async (lived) => {
      vi.clearAllTimers(); // of a history that failed
      const outcome = await live(lived);
      judge(lived, outcome);
      expect(vi.getTimerCount()).toBe(0);
      seen.jobs += outcome.submitted.length;
      seen.completed += outcome.submitted.filter(({ text }) => text !== undefined).length;
      seen.failedPools += outcome.failures;
      seen.crashes += outcome.host.deaths;
      for (const event of outcome.judged) {
        seen.regressions += event === "regression" ? 1 : 0;
        seen.verdicts += event === "verified" ? 1 : 0;
        seen.gaveUp += event === "gave-up" ? 1 : 0;
      }
      for (const { error, report } of outcome.submitted) {
        if (report && report.interruptions > 0) seen.interrupted += 1;
        if (isEngineDeath(error)) seen.blamed += 1;
      }
      for (const { outcome: end, stopped } of outcome.recycles) {
        seen.recycles += end === "done" ? 1 : 0;
        seen.failed += end === "failed" ? 1 : 0;
        seen.stopped += stopped ? 1 : 0;
      }
    }),
    {
      numRuns: RUNS,
      ...(process.env.STEADY_SEED ? { seed: Number(process.env.STEADY_SEED) } : {}),
    },
  );
  console.log(JSON.stringify(seen));
  // They did what they are for.
  expect(seen.completed).toBeGreaterThan(RUNS);
  expect(seen.recycles).toBeGreaterThan(RUNS / 2);
  expect(seen.failed).toBeGreaterThan(RUNS / 20);
  expect(seen.stopped).toBeGreaterThan(RUNS / 60);
  expect(seen.crashes).toBeGreaterThan(RUNS / 4);
  expect(seen.interrupted).toBeGreaterThan(RUNS / 10);
  expect(seen.regressions).toBeGreaterThan(RUNS / 60);
  expect(seen.blamed).toBeGreaterThan(RUNS / 60);
}, 600_000);
