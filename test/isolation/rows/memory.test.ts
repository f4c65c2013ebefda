import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PoolOptions, WhisperPool } from "../../../lib/index.js";
import { isLinux } from "../../support/child.js";
import { reference, samplesOf, silence } from "../../support/micro.js";
import { type Outcome, outcomeOf, printTable } from "./ends.js";
import { peakAddressSpace, Unchecked } from "./unchecked.js";

const MIB = 2 ** 20;
const LEAST = 2 ** 30; // of the option

/** What an idle process reserves is mostly Node's own, and differs between versions: limits are told from there, in MiB. */
const TOO_LITTLE_FOR_A_POOL = [-120, -300, -450, -600];
const TOO_LITTLE_FOR_AN_HOUR = 160;

const hour = silence(3600);
const speech = samplesOf("en-00.wav");
const { text: said } = reference("en-00.wav");

interface Hour {
  outcome: Outcome;
  after: string;
  state: string;
  crashes: number;
}

type Make = (options: PoolOptions, bytes: number | undefined) => Promise<WhisperPool>;

/** All limits, one after the other. */
async function tryLimits(make: Make) {
  const idle = await make({}, undefined);
  const peak = peakAddressSpace(idle);
  await idle.close();
  const outcomes = new Map<string, Outcome>();
  const limits = [...TOO_LITTLE_FOR_A_POOL.map((more) => peak + more * MIB), LEAST];
  for (const bytes of limits) {
    const created = make({}, Math.max(LEAST, bytes)).then((pool) =>
      pool.close().then(() => "a pool"),
    );
    outcomes.set(`a pool within ${Math.round(bytes / MIB)} MiB`, await outcomeOf(created));
  }
  const bytes = peak + TOO_LITTLE_FOR_AN_HOUR * MIB;
  await using pool = await make({}, bytes);
  const job = pool.transcribe(hour, { timeoutMs: 120_000 }).then(({ text }) => text);
  const outcome = await outcomeOf(job);
  outcomes.set(`an hour within ${Math.round(bytes / MIB)} MiB`, outcome);
  const { text: after } = await pool.transcribe(speech, { timeoutMs: 120_000 });
  const { state, counters } = pool.stats();
  return { outcomes, hour: { outcome, after, state, crashes: counters.crashes } satisfies Hour };
}

describe.runIf(isLinux)("address space that isn't enough", () => {
  let unchecked: Unchecked;

  beforeAll(() => {
    unchecked = new Unchecked(new Map());
  });

  afterAll(() => unchecked?.remove());

  it("with nothing checked: an engine that crashes, or a coded error; this process and the pool live", async () => {
    const { outcomes, hour } = await tryLimits((options, maxAddressSpaceBytes) =>
      unchecked.pool(options, { maxAddressSpaceBytes }),
    );
    printTable("address space, nothing checked:", outcomes);
    for (const [name, { end, code, detail }] of outcomes) {
      expect(["crash", "refusal"], `${name}: ${detail}`).toContain(end);
      expect(code).toBe(
        end === "crash" ? "ERR_WHISPER_ENGINE_CRASHED" : "ERR_WHISPER_OUT_OF_MEMORY",
      );
    }
    // States that can't be had end the process.
    expect([...outcomes.values()].map(({ end }) => end)).toContain("crash");
    expect(unchecked.reached("load")).toBeGreaterThan(2);
    expect(hour).toMatchObject({ after: said, state: "open" });
  }, 120_000);

  it("checked: a coded error, and no crash", async () => {
    const { outcomes, hour } = await tryLimits((options, maxAddressSpaceBytes) =>
      WhisperPool.create({
        ...{ isolation: "process", backend: "cpu", slots: 1, threadsPerSlot: 1 },
        ...options,
        engine: { maxAddressSpaceBytes },
      }),
    );
    printTable("address space, checked:", outcomes);
    for (const [name, { end, code, detail }] of outcomes) {
      expect(end, `${name}: ${detail}`).toBe("refusal");
      expect(code, name).toBe("ERR_WHISPER_OUT_OF_MEMORY");
    }
    expect(hour).toMatchObject({ after: said, state: "open", crashes: 0 });
  }, 120_000);
});
