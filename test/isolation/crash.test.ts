// What is told of an engine that has died, and what becomes of the jobs that were in it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CrashReport, WhisperEngineError } from "../../lib/index.js";
import { memoryLogger, poolContentOf } from "../pool/real/support.js";
import { isLinux } from "../support/child.js";
import { audioPath, noise } from "../support/micro.js";
import { expectFailure } from "../support/outcome.js";
import { until } from "../support/until.js";
import {
  CRASHED,
  crashesOf,
  FOUR,
  folder,
  pidOf,
  processPool,
  statOf,
  withCode,
} from "./support.js";

describe.runIf(isLinux)("the report of a crash says", () => {
  it.each([
    ["SIGKILL", { signal: "SIGKILL", exitCode: undefined }, /was ended by SIGKILL/],
    ["SIGABRT", { signal: "SIGABRT", exitCode: undefined }, /was ended by SIGABRT/],
    ["SIGSEGV", { signal: "SIGSEGV", exitCode: undefined }, /was ended by SIGSEGV/],
    ["SIGUSR2", { signal: undefined, exitCode: 7 }, /ended with exit code 7; its last line: that/],
    ["SIGPWR", { signal: undefined, exitCode: 1 }, /ended with exit code 1/],
  ] as const)("how it ended: %s", async (signal, how, says) => {
    const env = withCode(`
      process.on("SIGUSR2", () => { require("node:fs").writeSync(2, "this\\nthat"); process.exit(7); });
      process.on("SIGPWR", () => { throw new Error("a bug in the engine"); });`);
    const pool = await processPool({ engine: { env } });
    const crashes = crashesOf(pool);
    const pid = pidOf(pool);
    process.kill(pid, signal);
    await until(() => crashes.length > 0);
    const [{ error, ...report }] = crashes as [CrashReport];
    console.log(`${signal}: ${error.message}`);
    expect(report).toEqual({ engineGeneration: 1, pid, slots: [0], jobs: [] });
    expect(error).toBeInstanceOf(WhisperEngineError);
    expect(error).toMatchObject({ code: CRASHED, ...how });
    expect(error.message).toMatch(says);
    if (signal === "SIGUSR2") expect(error.log).toEqual(["this", "that"]);
    if (signal === "SIGPWR") expect(error.log.join("\n")).toContain("a bug in the engine");
    expect((await pool.transcribe(audioPath("en-00.wav"))).text).toBe(FOUR);
    expect(statOf(pid)).toBeUndefined();
    expect(pool.stats().counters).toMatchObject({ crashes: 1, interruptions: 0 });
  });

  it("native code's last lines; a log has them too, and nothing of what was said in a job", async () => {
    const { logger, lines } = memoryLogger("trace");
    const pool = await processPool({ logger, slots: 2 });
    const crashes = crashesOf(pool);
    const cut = pool.transcribe(noise(60, 0.1), { onProgress: () => cut.cancel() });
    await expectFailure(cut, "ERR_WHISPER_ABORTED"); // in mid-encoder, which whisper.cpp calls a failure
    const job = pool.transcribe(audioPath("long-75s.wav"), { id: "it", prompt: "sesame" });
    for await (const _ of job) break;
    process.kill(pidOf(pool), "SIGABRT");
    const { text } = await job;
    const [crash] = crashes as [CrashReport];
    expect(crash.jobs).toEqual(["it"]);
    expect(crash.error.log.join("\n")).toMatch(/^whisper\w*: /m);
    expect(crash.error.message).toMatch(/its last line: whisper/);
    const line = lines.find(({ msg }) => msg === "an engine has died; it is being replaced");
    expect(line).toMatchObject({
      ...{ engine_generation: 1, pid: crash.pid, job_ids: ["it"], signal: "SIGABRT" },
      last_lines: crash.error.log,
    });
    const all = JSON.stringify(lines);
    for (const said of [text.slice(0, 30), text.slice(-30), "three two nine", "sesame"]) {
      expect(all).not.toContain(said);
    }
  });
});

/** Code for an engine that dies of jobs with this prompt, so many times. Each run is noted in a file. */
function poisonedBy(prompt: string, times: number, notes: string): string {
  return `
    const fs = require("node:fs");
    process.on("message", ({ name, ask }) => {
      if (name !== "transcribe" || ask.options.prompt !== ${JSON.stringify(prompt)}) return;
      fs.appendFileSync(${JSON.stringify(notes)}, "run\\n");
      const runs = fs.readFileSync(${JSON.stringify(notes)}, "utf8").split("\\n").length - 1;
      if (runs <= ${times}) setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
    });`;
}

describe("a job whose engine dies of it", () => {
  it("each time: it rejects after a third run, alone; all others complete", async () => {
    const notes = join(folder(), "notes");
    const pool = await processPool({
      slots: 2,
      engine: { env: withCode(poisonedBy("poison", 99, notes)) },
    });
    const crashes = crashesOf(pool);
    const others = () =>
      Array.from({ length: 4 }, () => pool.transcribe(audioPath("en-digits.wav")));
    const expected = poolContentOf(await pool.transcribe(audioPath("en-digits.wav")));
    const before = others();
    const poison = pool.transcribe(audioPath("long-75s.wav"), { prompt: "poison", id: "poison" });
    const all = [...before, ...others()];
    const error = await expectFailure(poison, CRASHED, /was ended by SIGKILL/);
    expect(error).toMatchObject({ signal: "SIGKILL" });
    for (const job of all) expect(poolContentOf(await job)).toEqual(expected);
    console.log(JSON.stringify(crashes.map(({ jobs }) => jobs.length)));
    expect(readFileSync(notes, "utf8")).toBe("run\n".repeat(3));
    expect(crashes.length).toBe(3);
    expect(crashes.every(({ jobs }) => jobs.includes("poison"))).toBe(true);
    expect(crashes[2]?.jobs).toEqual(["poison"]);
    expect(pool.stats().counters).toMatchObject({
      ...{ crashes: 3, outcomes: { completed: 9, failed: 1, cancelled: 0, "timed-out": 0 } },
    });
  });

  it("twice: it completes in a third run, with nothing beside it", async () => {
    const notes = join(folder(), "notes");
    const pool = await processPool({
      slots: 2,
      engine: { env: withCode(poisonedBy("poison", 2, notes)) },
    });
    const crashes = crashesOf(pool);
    const poison = pool.transcribe(audioPath("long-75s.wav"), { prompt: "poison", id: "poison" });
    const others = Array.from({ length: 3 }, () => pool.transcribe(audioPath("en-digits.wav")));
    const beside: string[][] = [];
    for await (const _ of poison) {
      const ids = pool.stats().slots.flatMap(({ jobId }) => jobId ?? []);
      // Its last segments may be read here when it has left its slot.
      if (crashes.length === 2 && ids.includes("poison")) beside.push(ids);
    }
    expect((await poison).segments.length).toBeGreaterThan(3);
    expect(beside.length).toBeGreaterThan(0);
    expect(beside).toEqual(beside.map(() => ["poison"]));
    await Promise.all(others);
    expect(readFileSync(notes, "utf8")).toBe("run\n".repeat(3));
    expect(crashes.length).toBe(2);
  });

  it("while its audio is read: it counts as well", async () => {
    const pool = await processPool({
      slots: 2,
      engine: {
        env: withCode(`process.on("message", ({ name, ask }) => {
          if (name === "prepare" && ask.source.path?.endsWith("en-01.wav")) process.abort();
        });`),
      },
    });
    const crashes = crashesOf(pool);
    const poison = pool.transcribe(audioPath("en-01.wav"));
    const others = Array.from({ length: 3 }, () => pool.transcribe(audioPath("en-00.wav")));
    await expectFailure(poison, CRASHED, /SIGABRT/);
    for (const job of others) expect((await job).text).toBe(FOUR);
    expect(crashes.length).toBe(3);
  });
});
