// What a pool does about slots that have become slow. Jobs are timers here; how slow they are is said, not measured.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type PoolOptions, WhisperPool } from "../../../lib/index.js";
import {
  type FakeHost,
  type FakeState,
  fakeAudio,
  STATE_BYTES,
  WEIGHTS_BYTES,
} from "../fake/engine.js";
import { during, fakePool, pass, stopClock, submit } from "../fake/pool.js";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

/** Sizes of jobs in ms of work, the same for all pools: a spread of 1 to 4. */
const SIZES = Array.from({ length: 97 }, (_, i) => 800 + ((i * 37) % 97) * 25);

interface Told {
  events: string[];
  texts: string[];
}

async function watched(
  options: PoolOptions = {},
): Promise<{ pool: WhisperPool; host: FakeHost } & Told> {
  const { pool, host } = await fakePool(options);
  const events: string[] = [];
  const texts: string[] = [];
  const told = (event: string, text: string) => {
    events.push(event);
    texts.push(text);
  };
  pool.on("regression", ({ rung, cause, slot, text }) => told(`${cause} ${rung} of ${slot}`, text));
  pool.on("verified", ({ rung, helped, slot, text }) =>
    told(`${rung} of ${slot} ${helped ? "helped" : "didn't help"}`, text),
  );
  pool.on("gave-up", ({ slot, text }) => told(`gave up ${slot ?? "all"}`, text));
  pool.on("budget", ({ rung, text }) => told(`budget ${rung}`, text));
  return { pool, host, events, texts };
}

let jobs = 0;

/** Runs jobs, as many at once as there are slots. `ms` differ a little beyond what the work explains, as always. */
async function work(pool: WhisperPool, count: number, idleMs = 0): Promise<void> {
  const at = pool.stats().slots.length;
  for (let i = 0; i < count; i += at) {
    const some = Array.from({ length: at }, () => {
      jobs += 1;
      return submit(
        pool,
        fakeAudio({ name: `job ${jobs}`, ms: SIZES[jobs % SIZES.length] as number }),
      );
    });
    await during(Promise.all(some));
    await pass(idleMs);
  }
}

/** What lives in something is as old as that: made before the fault it has it, made later it hasn't. */
function slowIf(host: FakeHost, factor: number, sick: (state: FakeState) => boolean): void {
  host.slowness = (state) => (sick(state) ? factor : 1);
}

describe("a slowdown", () => {
  it("of a state costs that state, and nothing else", async () => {
    const { pool, host, events, texts } = await watched({ reset: "never" });
    await work(pool, 60);
    const [sick] = host.states;
    slowIf(host, 2, (state) => state === sick);
    await work(pool, 60);
    console.log(texts.join("\n"));
    expect(events[0]).toMatch(/^regression state of \d$/);
    expect(events[1]).toMatch(/^state of \d helped$/);
    expect(events).toHaveLength(2);
    expect(host.states.has(sick as FakeState)).toBe(false);
    expect(pool.stats().counters).toMatchObject({
      recycles: { state: 1, context: 0, process: 0 },
      recycleReasons: { regression: 1 },
    });
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it.each<[string, (state: FakeState) => unknown]>([
    ["context", (state) => state.context],
    ["process", (state) => state.context.engine],
  ])("of a %s is found by one slot that leaves it; the others follow", async (rung, home) => {
    const { pool, host, events, texts } = await watched();
    await work(pool, 60);
    const sick = new Set([...host.states].map(home));
    slowIf(host, 1.6, (state) => sick.has(home(state)));
    await work(pool, 120);
    console.log(texts.join("\n"));
    expect(events.some((event) => event.startsWith("canary"))).toBe(true);
    expect(events.some((event) => new RegExp(`^${rung} of \\d helped$`).test(event))).toBe(true);
    expect(events.some((event) => event.startsWith("gave up"))).toBe(false);
    // Nobody is left on what was slow, and there is one context.
    expect([...host.states].some((state) => sick.has(home(state)))).toBe(false);
    expect([host.contexts.size, host.engines.size]).toEqual([1, 1]);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("that no reset helps is given up, and ends with one context", async () => {
    const { pool, host, events, texts } = await watched();
    await work(pool, 60);
    slowIf(host, 1.6, () => true);
    await work(pool, 300);
    console.log(texts.join("\n"));
    expect(events.some((event) => event.startsWith("gave up"))).toBe(true);
    expect(events.some((event) => event.endsWith(" helped"))).toBe(false);
    expect([host.contexts.size, host.engines.size]).toEqual([1, 1]);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("can't be examined without memory for a second context: nothing is lost", async () => {
    const { pool, host, events } = await watched();
    await work(pool, 60);
    host.capacityBytes = WEIGHTS_BYTES + 2.5 * STATE_BYTES;
    slowIf(host, 2, () => true);
    await work(pool, 120);
    console.log(events.join("\n"));
    expect(pool.stats().counters.recyclesSkipped).toBeGreaterThan(0);
    expect(pool.stats().counters.outcomes).toMatchObject({ completed: 180, failed: 0 });
    expect(pool.stats().state).toBe("open");
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("of the clip is asked for before a context goes: if that is as fast as ever, the context stays", async () => {
    const { pool, host, events } = await watched({ slots: 1 });
    await work(pool, 60);
    const [state] = host.states;
    // Of jobs only: what the clip runs on is another state.
    slowIf(host, 2, (other) => other === state);
    const before = host.prepared;
    await work(pool, 60, 200);
    console.log(events.join("\n"), host.prepared - before - 60, "runs of the clip");
    expect(host.prepared - before - 60).toBeGreaterThan(0);
    expect(events).toEqual([]);
    expect(pool.stats().counters.recycles.context).toBe(0);
    expect(host.states.has(state as FakeState)).toBe(true);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });
});

describe("pool.health()", () => {
  it("of two jobs that looked like a degradation says what they can't show", async () => {
    const { pool, events } = await watched({ slots: 1 });
    await during(submit(pool, fakeAudio({ name: "a", ms: 8199, audioMs: 3660 })));
    await during(submit(pool, fakeAudio({ name: "b", ms: 19_208, audioMs: 10_940 })));
    const said = pool.health()?.summary.join("\n");
    console.log(said);
    expect(said).toMatch(/Two jobs are too few to judge/);
    expect(said).toMatch(/One constant cost fits both exactly: .*2\.66 s and 1\.51 s per second/);
    expect(said).toMatch(/Cost follows work: .*per second of audio it is the faster one/);
    expect(said).toMatch(/Nothing was reset, and there was no alarm/);
    expect(events).toEqual([]);
    await during(pool.close());
  });

  it("is undefined when it is switched off, and nothing is computed for it", async () => {
    const on = await fakePool();
    const off = await fakePool({ health: false });
    expect(off.host.prepared).toBeLessThan(on.host.prepared);
    expect(off.pool.health()).toBeUndefined();
    expect(off.pool.healthMemory()).toBeUndefined();
    slowIf(off.host, 3, (state) => state.id % 2 === 0);
    await work(off.pool, 100);
    expect(off.pool.stats().counters.recycleReasons.regression).toBe(0);
    await during(Promise.all([on.pool.close(), off.pool.close()]));
  });

  it("remembers what jobs cost: a restarted pool judges from its first jobs on", async () => {
    const first = await watched({ reset: "never" });
    await work(first.pool, 60);
    const memory = JSON.parse(JSON.stringify(first.pool.healthMemory()));
    await during(first.pool.close());
    const again = await watched({ reset: "never", health: { memory } });
    slowIf(again.host, 2, () => true);
    await work(again.pool, 60);
    console.log(again.texts.join("\n"));
    expect(again.events.length).toBeGreaterThan(0);
    await during(again.pool.close());
  });

  it("leaves a memory of another machine aside, and says so", async () => {
    const warned: unknown[] = [];
    const logger = {
      ...{ debug: () => {}, info: () => {}, error: () => {} },
      warn: (fields: object) => void warned.push(fields),
    };
    const one = await watched();
    const memory = { ...(one.pool.healthMemory() as object), key: "another" } as never;
    const other = await fakePool({ health: { memory }, logger });
    expect(warned).toContainEqual(expect.objectContaining({ memory_key: "another" }));
    await during(Promise.all([one.pool.close(), other.pool.close()]));
  });
});

it.each([
  [{ health: 1 }, "health"],
  [{ health: { confirm: "yes" } }, "health.confirm"],
  [{ health: { parameters: { nothing: 1 } } }, "parameters"],
  [{ health: { memory: 3 } }, "memory"],
  [{ health: { every: 3 } }, "health"],
  [{ health: { memory: { key: "", detector: () => {} } } }, "memory"],
])("%j is refused", async (options, name) => {
  await expect(during(fakePool(options as never))).rejects.toMatchObject({
    code: "ERR_WHISPER_INVALID_ARG",
    message: expect.stringContaining(name),
  });
});

it("options that throw when they are read are refused as well", async () => {
  const thrower = () => {
    throw new Error("no");
  };
  const hostile = [
    Object.defineProperty({}, "health", { get: thrower, enumerable: true }),
    { health: Object.defineProperty({}, "confirm", { get: thrower, enumerable: true }) },
    { health: new Proxy({}, { ownKeys: thrower }) },
    { health: { memory: Object.defineProperty({}, "key", { get: thrower }) } },
  ];
  for (const options of hostile) {
    await expect(WhisperPool.create(options as never)).rejects.toMatchObject({
      code: "ERR_WHISPER_INVALID_ARG",
    });
  }
});
