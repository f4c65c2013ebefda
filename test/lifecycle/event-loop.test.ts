// What takes long runs on threads of its own: the event loop stays free.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wavBytes } from "../audio/fixtures.js";
import { type ChildEnd, runInChild } from "../support/child.js";
import { noise } from "../support/micro.js";
import { randomModel } from "../support/random-model.js";

/** Noise at 48 kHz: it has to be resampled too. */
function writeFourMinutes(file: string): void {
  const samples = Int16Array.from(noise(3 * 240, 0.1), (x) => x * 32_767);
  writeFileSync(file, wavBytes(samples, 48_000));
}

/** Shares of an operation's time. Each is the least of several tries: other load on the machine only adds. */
interface HeldUp {
  name: string;
  /** In which the event loop was at work rather than waiting. */
  active: number;
  /** Of the longest time without a turn. */
  longest: number;
}

describe("the event loop stays free", () => {
  let folder: string;
  let end: ChildEnd;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "steady-whisper-loop-"));
    const file = join(folder, "four-minutes.wav");
    writeFourMinutes(file);
    end = await runInChild(
      async ({ lib, samplesOf, sleep, report }, args: { file: string; model: string }) => {
        const measure = async <Value>(
          name: string,
          work: () => PromiseLike<Value>,
          free?: (value: Value) => Promise<void>,
        ) => {
          const tries: HeldUp[] = [];
          for (let i = 0; i < 5; i++) {
            await sleep(10);
            let longestMs = 0;
            let last = performance.now();
            const tick = () => {
              const now = performance.now();
              longestMs = Math.max(longestMs, now - last);
              last = now;
            };
            const timer = setInterval(tick, 1);
            const before = performance.eventLoopUtilization();
            const started = performance.now();
            const value = await work();
            tick();
            const ms = performance.now() - started;
            const { active } = performance.eventLoopUtilization(before);
            clearInterval(timer);
            await free?.(value);
            tries.push({ name, active: active / ms, longest: longestMs / ms });
          }
          report({
            name,
            active: Math.min(...tries.map(({ active }) => active)),
            longest: Math.min(...tries.map(({ longest }) => longest)),
          });
        };
        // What a blocked loop measures, to know that the two figures tell it.
        await measure("nothing: it is blocked", async () => {
          await sleep(0);
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
        });
        const load = () => lib.WhisperContext.create(args.model, { backend: "cpu" });
        await measure("a model is loaded", load, (loaded) => loaded.free());
        const base = await load();
        await measure(
          "a state is made",
          () => base.createState(),
          (made) => made.free(),
        );
        await base.free();
        await measure("a file is decoded and resampled", () => lib.loadAudio(args.file));
        const samples = new Int16Array(2 * 48_000 * 120);
        await measure("samples are resampled", () =>
          lib.loadAudio(samples, { sampleRate: 48_000, channels: 2 }),
        );
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        const speech = samplesOf("en-09.wav");
        await measure("a job runs", () => state.transcribe(speech, { threads: 1 }));
        await context.free();
      },
      { args: { file, model: randomModel("base") } },
    );
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function found(name: string): HeldUp {
    const heldUp = (end.reports as HeldUp[]).find((report) => report.name === name);
    if (!heldUp) throw new Error(`nothing was measured: ${JSON.stringify(end)}`);
    console.log(
      `${name}: at work ${(100 * heldUp.active).toFixed(1)} % of the time, longest without a turn ${(100 * heldUp.longest).toFixed(1)} %`,
    );
    return heldUp;
  }

  it.each([
    ["a model is loaded", 0.2],
    ["a state is made", 0.2],
    ["a file is decoded and resampled", 0.2],
    // They are copied first: the caller may change them.
    ["samples are resampled", 0.5],
    ["a job runs", 0.2],
  ])("while %s", (name, most) => {
    const { active, longest } = found(name);
    expect(active).toBeLessThan(most);
    expect(longest).toBeLessThan(0.5);
  });

  it("... and a loop that isn't free would be noticed", () => {
    const { active, longest } = found("nothing: it is blocked");
    expect(active).toBeGreaterThan(0.5);
    expect(longest).toBeGreaterThan(0.5);
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
  });
});

describe("libuv's pool stays free", () => {
  it("its only thread reads a file while a model is loaded, audio is decoded, and a job runs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steady-whisper-pool-"));
    const audio = join(folder, "four-minutes.wav");
    writeFourMinutes(audio);
    const end = await runInChild(
      async (
        { lib, fs, micro, samplesOf, sleep, report },
        args: { audio: string; model: string },
      ) => {
        /** Reports which of the two ends first. */
        const race = async <Value>(name: string, start: () => PromiseLike<Value>) => {
          const work = Promise.resolve(start());
          await sleep(5);
          const read = fs.promises.readFile(micro.q5_0);
          report([name, await Promise.race([work.then(() => name), read.then(() => "read")])]);
          await read;
          return work;
        };
        // WebCrypto works in the pool: what a pool that isn't free looks like.
        const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, [
          "deriveBits",
        ]);
        const derivation = { name: "PBKDF2", hash: "SHA-512", salt: new Uint8Array(8) };
        await race("crypto", () =>
          crypto.subtle.deriveBits({ ...derivation, iterations: 1_000_000 }, key, 256),
        );
        const base = await race("load", () =>
          lib.WhisperContext.create(args.model, { backend: "cpu" }),
        );
        await race("decode", () => lib.loadAudio(args.audio));
        const state = await base.createState();
        await race("job", () =>
          state.transcribe(samplesOf("en-03.wav"), { threads: 1, maxTokens: 4 }),
        );
        await base.free();
      },
      { args: { audio, model: randomModel("base") }, env: { UV_THREADPOOL_SIZE: "1" } },
    ).finally(() => rmSync(folder, { recursive: true, force: true }));
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(end.reports).toEqual([
      ["crypto", "crypto"],
      ["load", "read"],
      ["decode", "read"],
      ["job", "read"],
    ]);
  });
});
