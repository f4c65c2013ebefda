import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Isolation } from "../../../lib/engine/engine.js";
import { type JobOptions, WhisperPool } from "../../../lib/index.js";
import { isLinux } from "../../support/child.js";
import { reference, samplesOf } from "../../support/micro.js";
import { crashing, type DecodingRow, lasting } from "./decoding-rows.js";
import { type Outcome, outcomeOf, printTable, reachedWhisper } from "./ends.js";
import { ordering, peakAddressSpace, Unchecked, uncheckedInfo } from "./unchecked.js";

const rows = [...crashing, ...lasting];
const speech = samplesOf("en-00.wav");
const { text: said } = reference("en-00.wav");

/** Until a job that would never end does: enough to have begun. */
const ENDLESS_MS = 3000;

function isEndless({ ends }: DecodingRow): boolean {
  return ends.includes("timeout");
}

async function textOf(pool: WhisperPool, audio: Float32Array, options: JobOptions) {
  return (await pool.transcribe(audio, options)).text;
}

describe.runIf(isLinux)("jobs that whisper.cpp can't take, with nothing checked", () => {
  const outcomes = new Map<string, Outcome>();
  const healthy = new Map<string, string>();
  let unchecked: Unchecked;

  /** Rows one after the other in one pool, each followed by a job that is as it should be. */
  async function runLane(lane: readonly DecodingRow[], stallMs: number, bytes: number) {
    const engine = { stallMs, maxAddressSpaceBytes: bytes };
    await using pool = await unchecked.pool({}, engine);
    for (const row of lane) {
      // Nothing has been computed on it.
      if (isEndless(row)) await pool.recycle({ rung: "state" });
      const timeoutMs = isEndless(row) ? ENDLESS_MS : 120_000;
      const job = textOf(pool, speech, { ...ordering(row.name), timeoutMs });
      outcomes.set(row.name, await outcomeOf(job));
      healthy.set(row.name, await textOf(pool, speech, { timeoutMs: 120_000 }));
    }
    expect(pool.stats().state).toBe("open");
  }

  beforeAll(async () => {
    unchecked = new Unchecked(new Map(rows.map((row) => [row.name, row])));
    const idle = await unchecked.pool({});
    // For threads, and for lists that grow without end.
    const bytes = peakAddressSpace(idle) + 2 ** 30;
    await idle.close();
    await Promise.all([runLane(crashing, 30_000, bytes), runLane(lasting, 2000, bytes)]);
    printTable("jobs, nothing checked:", outcomes);
  }, 300_000);

  afterAll(() => unchecked?.remove());

  it("the addon says what it is", () => {
    expect(uncheckedInfo().unchecked).toBe(true);
  });

  it.each(rows)("$name", ({ name, ends }) => {
    const outcome = outcomes.get(name) as Outcome;
    expect(ends, outcome.detail).toContain(outcome.end);
    expect(reachedWhisper(outcome), outcome.detail).toBe(true);
    expect(outcome.code === undefined).toBe(outcome.end === "result");
    // One that ends its process is run twice beside others, and once alone.
    const runs = ["crash", "stall"].includes(outcome.end) ? 3 : 1;
    expect(unchecked.reached(name)).toBeGreaterThanOrEqual(runs);
    expect(healthy.get(name)).toBe(said);
  });
});

describe.each<Isolation>(["thread", "process"])(
  "the same jobs, checked, isolation %s",
  (isolation) => {
    let pool: WhisperPool;
    const crashes: unknown[] = [];

    beforeAll(async () => {
      pool = await WhisperPool.create({ isolation, backend: "cpu", slots: 1, threadsPerSlot: 1 });
      pool.on("crash", (report) => crashes.push(report));
    });

    afterAll(async () => {
      await pool?.close();
    });

    it.each(rows)("$name", async ({ params, samples, checked }) => {
      const job = textOf(pool, samples ?? speech, params as JobOptions);
      expect(await outcomeOf(job)).toMatchObject(
        typeof checked === "string"
          ? { end: "refusal", code: checked }
          : { end: "result", detail: JSON.stringify(checked.gives) },
      );
    });

    it("no engine has crashed, and the pool works", async () => {
      expect(await textOf(pool, speech, {})).toBe(said);
      expect(crashes).toEqual([]);
      expect(pool.stats()).toMatchObject({
        state: "open",
        counters: { crashes: 0, interruptions: 0 },
      });
    });
  },
);
