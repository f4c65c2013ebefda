// Random histories of a pool's life, and what has to hold in every one of them.

import * as fc from "fast-check";
import { expect } from "vitest";
import type {
  JobReport,
  PoolJob,
  PoolOptions,
  RecycleCall,
  RecycleReport,
} from "../../../lib/index.js";
import { WhisperError } from "../../../lib/index.js";
import {
  type FakeHost,
  type FakeState,
  type FakeWork,
  fakeAudio,
  STATE_BYTES,
  WEIGHTS_BYTES,
} from "../fake/engine.js";
import { during, fakePool, pass } from "../fake/pool.js";

export type Step =
  | ({ do: "submit" } & SubmitStep)
  | { do: "submit many"; count: number }
  | { do: "cancel"; pick: number }
  | { do: "pass"; ms: number }
  | { do: "recycle"; call: RecycleCall; picks: number[] }
  | { do: "resize"; slots: number }
  | { do: "fail"; what: "failLoads" | "failStates" | "failResets" | "failStarts"; times: number }
  | { do: "memory"; capacityMiB: number; rssMiB: number }
  | { do: "kill"; pick: number }
  | { do: "slow"; lives: Home; factor: number };

/** What a slowness lives in: it goes with that, or never. */
type Home = "state" | "context" | "engine" | "everywhere";

interface SubmitStep {
  work: Omit<FakeWork, "name">;
  options: SubmitOptions;
  cancelAfterMs: number;
}

interface SubmitOptions {
  priority: number;
  timeoutMs?: number | undefined;
  maxWaitMs?: number | undefined;
}

export interface History {
  options: PoolOptions;
  steps: Step[];
  end: "close" | "drain" | "drain in time";
}

const MOST_SLOTS = 5;
/** Memory with which a pool of any size can go on, if it never holds more than it has to. */
const LEAST_MIB = (WEIGHTS_BYTES + MOST_SLOTS * STATE_BYTES) / 2 ** 20;

/** Undefined but for one time in `times`. */
const rarely = <Value>(arbitrary: fc.Arbitrary<Value>, times = 6) =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const submit = fc.record({
  do: fc.constant("submit" as const),
  work: fc.record({
    ms: fc.integer({ min: 2, max: 400 }),
    decodeMs: fc.integer({ min: 0, max: 80 }),
    stopMs: fc.integer({ min: 0, max: 100 }),
    fallbacks: fc.integer({ min: 0, max: 1 }),
    fails: rarely(
      fc.constantFrom(
        ...(["audio", "job", "state", "audio", "job", "state", "engine", "decoder"] as const),
      ),
      12,
    ),
  }),
  options: fc.record({
    priority: fc.integer({ min: -1, max: 2 }),
    timeoutMs: rarely(fc.integer({ min: 1, max: 600 })),
    maxWaitMs: rarely(fc.integer({ min: 1, max: 400 })),
  }),
  cancelAfterMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 500 }) },
  ),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: submit },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.integer({ min: 0, max: 300 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("submit many" as const),
      count: fc.integer({ min: 2, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), pick: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("recycle" as const),
      call: fc.record({
        rung: fc.constantFrom("state" as const, "context" as const, "process" as const),
        onto: fc.constantFrom("new" as const, "newest" as const),
        reason: fc.constantFrom("manual" as const, "regression" as const),
      }),
      picks: fc.array(fc.nat(), { maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("resize" as const),
      slots: fc.integer({ min: 1, max: MOST_SLOTS }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      what: fc.constantFrom(...(["failLoads", "failStates", "failResets", "failStarts"] as const)),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("slow" as const),
      lives: fc.constantFrom<Home>("state", "context", "engine", "everywhere"),
      factor: fc.constantFrom(1.5, 3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("memory" as const),
      capacityMiB: fc.constantFrom(LEAST_MIB, LEAST_MIB + 70, 5000),
      rssMiB: fc.integer({ min: 200, max: 2000 }),
    }),
  },
);

/** Judges after a few jobs, so that a short history sees what follows. */
const hasty = {
  confirm: false,
  parameters: {
    ...{ anchorJobs: 3, anchorsNeeded: 3, leastJobs: 2, soloLeastJobs: 2, commonLeastJobs: 2 },
    ...{
      threshold: 1,
      soloThreshold: 1,
      controlThreshold: 0.1,
      verdictLeastJobs: 1,
      holdJobs: 1,
      gaveUpHoldJobs: 2,
      noisePrior: 0.05,
    },
    ...{ warmUpJobs: { context: 0, process: 0 }, costMs: { state: 0, context: 0, process: 0 } },
  },
};

export const history: fc.Arbitrary<History> = fc.record({
  options: fc
    .record({
      slots: fc.integer({ min: 1, max: 4 }),
      reset: fc.constantFrom("every-job" as const, "when-dirty" as const, "never" as const),
      recycle: fc.record({
        maxJobs: rarely(fc.integer({ min: 1, max: 8 }), 2),
        maxAgeMs: rarely(fc.integer({ min: 200, max: 3000 })),
        maxGrowthBytes: rarely(fc.constant(300 * 2 ** 20)),
        jitter: fc.constantFrom(0, 0.3),
        rung: fc.constantFrom("state" as const, "context" as const, "process" as const),
      }),
      health: fc.constantFrom(true, false, hasty, hasty, { ...hasty, confirm: true }),
      queue: fc
        .record({
          maxWaiting: fc.constantFrom(0, 3, 64, 64),
          maxWaitMs: rarely(fc.integer({ min: 50, max: 1000 })),
          reserve: fc.boolean(),
        })
        .map(({ reserve, ...queue }) => ({ ...queue, reserve })),
    })
    .map(({ queue: { reserve, ...queue }, ...options }) => ({
      ...options,
      queue: { ...queue, reservedSlots: reserve && options.slots > 1 ? 1 : 0 },
    })),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: "max" }),
  end: fc.constantFrom("close" as const, "drain" as const, "drain in time" as const),
});

interface Submitted {
  name: string;
  job: PoolJob;
  work: Omit<FakeWork, "name">;
  options: SubmitOptions;
  submittedAt: number;
  settled: ("resolved" | "rejected")[];
  /** What a reader got. */
  segments: string[];
  text?: string;
  error?: unknown;
  report?: JobReport;
}

/** What came of a history, to be judged. */
export interface Outcome {
  host: FakeHost;
  submitted: Submitted[];
  reports: JobReport[];
  recycles: RecycleReport[];
  /** Events of the pool's health. */
  judged: string[];
  /** What went wrong in the background, where nothing may. */
  errors: string[];
  failures: number;
  accepted: number;
}

export async function live({ options, steps, end }: History): Promise<Outcome> {
  const errors: string[] = [];
  const logger = {
    ...{ debug: () => {}, info: () => {}, warn: () => {} },
    error: (fields: { err?: unknown }, message: string) => {
      if (message.includes("background")) errors.push(`${message}: ${fields.err}`);
    },
  };
  const { pool, host } = await fakePool({ ...options, logger });
  const outcome: Outcome = {
    host,
    submitted: [],
    reports: [],
    recycles: [],
    judged: [],
    errors,
    failures: 0,
    accepted: 0,
  };
  const byId = new Map<string, Submitted>();
  pool.on("job", (report) => {
    outcome.reports.push(report);
    const found = byId.get(report.jobId);
    if (found) found.report = report;
  });
  for (const event of ["regression", "verified", "gave-up", "budget"] as const) {
    pool.on(event, () => outcome.judged.push(event));
  }
  pool.on("recycle", (report) => outcome.recycles.push(report));
  pool.on("failed", () => {
    outcome.failures += 1;
  });
  const background: Promise<unknown>[] = [];
  const inBackground = (promise: Promise<unknown>) =>
    background.push(
      promise.catch((error) => {
        // Whatever fails here fails with one of the library's own errors.
        expect(error).toBeInstanceOf(WhisperError);
        if (error.message !== "no process to be had") {
          expect(error.code).not.toBe("ERR_WHISPER_INTERNAL");
        }
      }),
    );

  const submitOne = (name: string, { work, options, cancelAfterMs }: SubmitStep) => {
    const job = pool.transcribe(fakeAudio({ ...work, name }), { id: name, ...options });
    const submittedAt = performance.now();
    const entry: Submitted = {
      ...{ name, job, work, options, submittedAt, settled: [], segments: [] },
    };
    outcome.submitted.push(entry);
    byId.set(name, entry);
    job.then(
      ({ text }) => {
        entry.settled.push("resolved");
        entry.text = text;
      },
      (error) => {
        entry.settled.push("rejected");
        entry.error = error;
      },
    );
    read(entry).catch(() => {});
    if (Number.isFinite(cancelAfterMs)) setTimeout(() => job.cancel(), cancelAfterMs);
  };

  for (const [i, step] of steps.entries()) {
    switch (step.do) {
      case "submit":
        submitOne(`job ${i}`, step);
        break;
      case "submit many":
        for (let n = 0; n < step.count; n++) submitOne(`job ${i}.${n}`, soundJob(n));
        break;
      case "cancel":
        outcome.submitted[step.pick % Math.max(1, outcome.submitted.length)]?.job.cancel();
        break;
      case "pass":
        await pass(step.ms);
        break;
      case "recycle": {
        const indexes = pool
          .stats()
          .slots.filter(({ status }) => status !== "gone")
          .map(({ slot }) => slot);
        const slots = [...new Set(step.picks.map((pick) => indexes[pick % indexes.length]))];
        const some = slots.filter((slot) => slot !== undefined);
        inBackground(pool.recycle({ ...step.call, ...(some.length > 0 ? { slots: some } : {}) }));
        break;
      }
      case "resize":
        inBackground(pool.resize(step.slots));
        break;
      case "fail":
        host[step.what] = step.times;
        break;
      case "kill":
        host.kill(step.pick);
        break;
      case "slow":
        host.slowness = slownessOf(host, step);
        break;
      case "memory":
        host.capacityBytes = step.capacityMiB * 2 ** 20;
        host.rssBytes = step.rssMiB * 2 ** 20;
        break;
    }
  }
  if (end === "close") await during(pool.close());
  else await during(pool.drain(end === "drain" ? {} : { timeoutMs: 500 }));
  await during(Promise.all(background));
  await during(pool.close());
  outcome.accepted = pool.stats().counters.accepted;
  await pass(1000); // what was cancelled later, and what the last jobs' reports wait for
  return outcome;
}

/** Jobs of different sizes, in which nothing happens. */
function soundJob(n: number): SubmitStep {
  return {
    work: { ms: 20 + ((n * 37) % 97) },
    options: { priority: 0 },
    cancelAfterMs: Number.POSITIVE_INFINITY,
  };
}

/** Of what there is now, or of all. */
function slownessOf(host: FakeHost, { lives, factor }: Extract<Step, { do: "slow" }>) {
  const homeOf = ({ [lives]: home }: Record<Home, unknown>) => home;
  const homes = (state: FakeState) => ({
    ...{ state, context: state.context, engine: state.context.engine, everywhere: host },
  });
  const [first] = host.states;
  const sick = first && homeOf(homes(first));
  return (state: FakeState) => (homeOf(homes(state)) === sick ? factor : 1);
}

async function read({ job, segments }: Submitted): Promise<void> {
  for await (const { text } of job) segments.push(text);
}

/** Kills in a row that look like an engine that can't be started. */
const KILLS_OF_A_POOL = 4;

/** Throws if something doesn't hold. */
export function judge({ end, options, steps }: History, outcome: Outcome): void {
  const { host, submitted, reports, failures, errors } = outcome;
  expect(errors).toEqual([]);
  // Only what was made to fail can end a pool: it never needs more memory than it has to.
  const resized = steps.some((step) => step.do === "resize");
  const sabotaged =
    steps.some((step) => step.do === "fail") ||
    steps.filter((step) => step.do === "kill").length >= KILLS_OF_A_POOL;
  if (!sabotaged) expect(failures).toBe(0);
  // No slot runs two jobs, nothing is freed in use, twice, or used after it was freed.
  expect(host.broken).toEqual([]);
  // Nothing is left.
  expect([host.engines.size, host.contexts.size, host.states.size]).toEqual([0, 0, 0]);
  expect(host.audioHeld).toBe(0);

  for (const { name, settled, job, work, text, error, report, segments } of submitted) {
    // No segment is delivered twice, out of order, or lost.
    const all = [`${name} 0`, `${name} 1`];
    expect(segments, name).toEqual(all.slice(0, text === undefined ? segments.length : 2));
    // Every job settles exactly once.
    expect(settled, name).toHaveLength(1);
    expect(["completed", "failed", "cancelled", "timed-out"], name).toContain(job.status);
    expect(settled[0] === "resolved", name).toBe(job.status === "completed");
    if (text !== undefined) {
      // With its own result, on a state that is as new or may be reused.
      expect(text, name).toMatch(
        options.reset === "every-job" ? `${name} after 0` : `${name} after`,
      );
      expect(work.fails, name).toBeUndefined();
    } else {
      expect(error, name).toBeInstanceOf(WhisperError);
      const { code } = error as WhisperError;
      expect(code, name).not.toBe("ERR_WHISPER_INTERNAL");
      if (code === "ERR_WHISPER_POOL_CLOSED")
        expect(end !== "drain" || failures > 0, name).toBe(true);
      if (code === "ERR_WHISPER_ENGINE_CRASHED") {
        // Only who was alone when it happened, after two times in which somebody else may have been to blame.
        expect(host.sufferedAlone.has(name), name).toBe(true);
        expect(host.suffered.get(name), name).toBeGreaterThanOrEqual(3);
        expect(report?.interruptions, name).toBe(host.suffered.get(name));
      }
      if (code === "ERR_WHISPER_POOL_FAILED") expect(failures, name).toBe(1);
    }
    if (report) expect(report.outcome, name).toBe(job.status);
  }
  // An accepted job has one report, another one none.
  expect(new Set(reports.map(({ jobId }) => jobId)).size).toBe(reports.length);
  expect(reports.length).toBe(outcome.accepted);

  const ran = submitted.flatMap((entry) => {
    const { report, submittedAt } = entry;
    if (!report?.place) return [];
    const startedAt = submittedAt + report.queueMs;
    const { slot, generation } = report.place;
    return [{ ...entry, startedAt, endedAt: submittedAt + report.totalMs, slot, generation }];
  });
  for (const a of ran) {
    for (const b of ran) {
      if (a === b || a.slot !== b.slot) continue;
      // One at a time on each slot.
      expect(
        a.endedAt <= b.startedAt || b.endedAt <= a.startedAt,
        `${a.name} and ${b.name} ran on slot ${a.slot} together`,
      ).toBe(true);
      // Never back to an older context (a slot that is added again takes what there is).
      if (a.startedAt < b.startedAt && !resized && host.deaths === 0) {
        expect(a.generation, `${a.name}, then ${b.name}`).toBeLessThanOrEqual(b.generation);
      }
    }
  }
  expectOrder(submitted, ran, (options.queue?.reservedSlots ?? 0) > 0);
}

/** Whoever had the right to the next slot got it: higher priority, then earlier submission. */
function expectOrder(
  submitted: Submitted[],
  ran: (Submitted & { startedAt: number })[],
  reserved: boolean,
): void {
  for (const later of ran) {
    for (const first of submitted) {
      if (!first.report || first.report.interruptions > 0) continue; // was refused, or ran before
      const waitedUntil = first.submittedAt + first.report.queueMs;
      const precedes =
        first.options.priority > later.options.priority ||
        (first.options.priority === later.options.priority &&
          submitted.indexOf(first) < submitted.indexOf(later));
      // Priority 1 may take a slot that the others must leave free.
      if (!precedes || (reserved && first.options.priority < 1)) continue;
      const wasWaiting = first.submittedAt < later.startedAt && later.startedAt < waitedUntil;
      expect(wasWaiting, `${later.name} started while ${first.name} was waiting`).toBe(false);
    }
  }
}
