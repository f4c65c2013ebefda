// Engines that hang are found and replaced; those whose host was busy are left alone.

import { describe, expect, it } from "vitest";
import { poolContentOf } from "../pool/real/support.js";
import { isLinux } from "../support/child.js";
import { audioPath, samplesOf } from "../support/micro.js";
import { expectFailure, sleep } from "../support/outcome.js";
import { crashesOf, FOUR, HANG, pidOf, processPool, statOf, withCode } from "./support.js";

const STALL = 1500;

describe.runIf(isLinux)("an engine that is stopped", () => {
  it("in mid-job: it is killed, the job gives what it always gives, no segment comes twice", async () => {
    const pool = await processPool({ engine: { stallMs: STALL } });
    const crashes = crashesOf(pool);
    const whole = poolContentOf(await pool.transcribe(audioPath("long-75s.wav")));
    const pid = pidOf(pool);
    const job = pool.transcribe(samplesOf("long-75s.wav"), { id: "it" });
    const indexes: number[] = [];
    for await (const { index } of job) {
      if (indexes.length === 0) process.kill(pid, "SIGSTOP");
      indexes.push(index);
    }
    const result = await job;
    expect(poolContentOf(result)).toEqual(whole);
    expect(indexes).toEqual(result.segments.map(({ index }) => index));
    console.log(crashes.map(({ error }) => error.message).join("\n"));
    expect(crashes[0]).toMatchObject({ pid, jobs: ["it"], error: { signal: "SIGKILL" } });
    expect(crashes[0]?.error.message).toMatch(
      /(didn't answer for|had a job that made no progress for) \d+ ms.*was ended by SIGKILL/,
    );
    expect(statOf(pid)).toBeUndefined();
    expect(pidOf(pool)).not.toBe(pid);
  });

  it("while it is idle: it is found when the next job comes", async () => {
    const pool = await processPool({ engine: { stallMs: STALL } });
    const crashes = crashesOf(pool);
    const pid = pidOf(pool);
    process.kill(pid, "SIGSTOP");
    await sleep(2 * STALL);
    expect({ crashes, pid: pidOf(pool) }).toEqual({ crashes: [], pid });
    expect((await pool.transcribe(audioPath("en-00.wav"))).text).toBe(FOUR);
    expect(crashes[0]?.error.message).toMatch(/didn't answer for/);
  });

  it("and goes on in time: nothing happens", async () => {
    const pool = await processPool({ engine: { stallMs: 20_000 } });
    const crashes = crashesOf(pool);
    const pid = pidOf(pool);
    const job = pool.transcribe(audioPath("long-75s.wav"));
    for await (const _ of job) break;
    process.kill(pid, "SIGSTOP");
    await sleep(500);
    process.kill(pid, "SIGCONT");
    await job;
    expect({ crashes, pid: pidOf(pool) }).toEqual({ crashes: [], pid });
  });
});

describe("an engine whose JavaScript thread hangs", () => {
  it("is killed, and its job runs on another", async () => {
    const pool = await processPool({
      engine: { stallMs: STALL, env: withCode(`process.on("SIGUSR2", () => { ${HANG} });`) },
    });
    const crashes = crashesOf(pool);
    process.kill(pidOf(pool), "SIGUSR2");
    expect((await pool.transcribe(audioPath("en-00.wav"))).text).toBe(FOUR);
    expect(crashes[0]?.error.message).toMatch(/didn't answer for/);
  });

  it("in a job that is cancelled: the caller doesn't wait for it", async () => {
    const pool = await processPool({ engine: { stallMs: STALL } });
    const crashes = crashesOf(pool);
    const job = pool.transcribe(audioPath("long-75s.wav"));
    for await (const _ of job) break;
    process.kill(pidOf(pool), "SIGSTOP");
    job.cancel("enough");
    await expectFailure(job, "ERR_WHISPER_ABORTED");
    expect(crashes).toEqual([]);
    expect((await pool.transcribe(audioPath("en-00.wav"))).text).toBe(FOUR);
    expect(crashes.length).toBeGreaterThan(0);
  });
});

describe("a host that is busy itself for longer than stallMs", () => {
  it.each(["asleep", "computing"])("%s, kills no engine", async (how) => {
    const pool = await processPool({ engine: { stallMs: STALL } });
    const crashes = crashesOf(pool);
    const pid = pidOf(pool);
    const job = pool.transcribe(audioPath("long-75s.wav"));
    if (how === "asleep") {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * STALL);
    } else {
      for await (const _ of job) break;
      for (const end = performance.now() + 2 * STALL; performance.now() < end; );
    }
    await job;
    expect({ crashes, pid: pidOf(pool) }).toEqual({ crashes: [], pid });
  });
});
