import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Isolation } from "../../../lib/engine/engine.js";
import { WhisperPool } from "../../../lib/index.js";
import { isLinux } from "../../support/child.js";
import { reference, samplesOf } from "../../support/micro.js";
import { type Outcome, outcomeOf, printTable, reachedWhisper } from "./ends.js";
import { contexts, hanging, models, type PoolRow } from "./pool-rows.js";
import { type Order, ordering, peakAddressSpace, Unchecked } from "./unchecked.js";

const rows = [...hanging, ...models, ...contexts];
const speech = samplesOf("en-00.wav");

/** Of a load that would go on, and of a job that would. */
const LONGEST_MS = 4000;

/** Far more than the 5 s that 256 encoder positions are for. */
const long = samplesOf("long-75s.wav");

describe.runIf(isLinux)("pools that whisper.cpp can't take, with nothing checked", () => {
  const outcomes = new Map<string, Outcome>();
  const reached = new Map<string, number>();
  let bytes = 0;

  /** The text of the job that the pool runs, if it comes about. */
  async function tryRow(row: PoolRow, unchecked: Unchecked): Promise<string> {
    const loadTimeoutMs = hanging.includes(row) ? LONGEST_MS : 60_000;
    await using pool = await unchecked.pool(row.options, {
      loadTimeoutMs,
      maxAddressSpaceBytes: bytes,
    });
    if (row.reused) await pool.transcribe(speech);
    const timeoutMs = row.ends.includes("timeout") ? LONGEST_MS : 60_000;
    const order = row.order ? ordering(row.name) : {};
    return (await pool.transcribe(row.order ? long : speech, { ...order, timeoutMs })).text;
  }

  async function run(row: PoolRow): Promise<void> {
    const orders: [string, Order][] = row.order ? [[row.name, row.order]] : [];
    const unchecked = new Unchecked(new Map(orders));
    try {
      outcomes.set(row.name, await outcomeOf(tryRow(row, unchecked)));
      reached.set(row.name, unchecked.reached(row.order ? row.name : "load"));
    } finally {
      unchecked.remove();
    }
  }

  beforeAll(async () => {
    const sound = new Unchecked(new Map());
    const idle = await sound.pool({});
    bytes = peakAddressSpace(idle) + 2 ** 30;
    await idle.close();
    sound.remove();
    const twoAtATime = pLimit(2);
    await Promise.all(rows.map((row) => twoAtATime(() => run(row))));
    printTable("pools, nothing checked:", outcomes);
  }, 300_000);

  it.each(rows)("$name", ({ name, ends }) => {
    const outcome = outcomes.get(name) as Outcome;
    expect(ends, outcome.detail).toContain(outcome.end);
    expect(reachedWhisper(outcome), outcome.detail).toBe(true);
    expect(outcome.code === undefined).toBe(outcome.end === "result");
    expect(reached.get(name)).toBeGreaterThan(0);
  });
});

describe.each<Isolation>(["thread", "process"])(
  "the same pools, checked, isolation %s",
  (isolation) => {
    const one = { isolation, backend: "cpu", slots: 1, threadsPerSlot: 1 } as const;
    const refused = rows.filter(({ checked }) => checked !== undefined);

    it.each(refused)("$name", async ({ options, checked }) => {
      const created = WhisperPool.create({ ...one, ...options }).then((pool) =>
        pool.close().then(() => "a pool"),
      );
      expect(await outcomeOf(created)).toMatchObject({ end: "refusal", code: checked });
    });

    describe("with DTW", () => {
      let pool: WhisperPool;

      beforeAll(async () => {
        pool = await WhisperPool.create({ ...one, dtw: { heads: [{ layer: 0, head: 0 }] } });
      });

      afterAll(async () => {
        await pool?.close();
      });

      it("fewer encoder positions", async () => {
        const outcome = await outcomeOf(pool.transcribe(long, { audioContext: 256 }).then(String));
        expect(outcome).toMatchObject({ end: "refusal", code: "ERR_WHISPER_INVALID_ARG" });
        expect((await pool.transcribe(speech)).text).toBe(reference("en-00.wav").text);
        expect(pool.stats().counters.crashes).toBe(0);
      });
    });
  },
);
