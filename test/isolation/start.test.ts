// Engines that can't be started, or take too long: create() rejects with a code, soon, and nothing is left.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ProcessEngineHost } from "../../lib/engine/process/process-engine.js";
import {
  type EngineOptions,
  type PoolOptions,
  WhisperError,
  WhisperPool,
} from "../../lib/index.js";
import { isLinux, runInChild } from "../support/child.js";
import { audioPath } from "../support/micro.js";
import { expectFailure, sleep } from "../support/outcome.js";
import { randomModel } from "../support/random-model.js";
import { until } from "../support/until.js";
import { CRASHED, childrenOf, FOUR, folder, HANG, withCode } from "./support.js";

afterEach(() => {
  if (isLinux) expect(childrenOf(process.pid)).toEqual([]);
});

function create(engine: EngineOptions, more: PoolOptions = {}): Promise<WhisperPool> {
  return WhisperPool.create({
    ...{ isolation: "process", backend: "cpu", slots: 1, threadsPerSlot: 1, engine },
    ...more,
  });
}

/** Code for a child that hangs when its host asks for this; "birth": at once. Says so by a file. */
function hangAt(what: string, file: string): string {
  const hang = `require("node:fs").writeFileSync(${JSON.stringify(file)}, ""); ${HANG}`;
  if (what === "birth") return hang;
  return `process.on("message", ({ name }) => { if (name === ${JSON.stringify(what)}) { ${hang} } });`;
}

const moments = ["birth", "start", "load", "createState", "transcribe"];

describe("a start that hangs", () => {
  it.each(moments)("at its %s is ended, and create() rejects", async (moment) => {
    const file = join(folder(), "here");
    const env = withCode(hangAt(moment, file));
    const startedAt = performance.now();
    // Warming up is a job like others: stallMs ends it.
    const error = await expectFailure(
      create({ loadTimeoutMs: 1500, stallMs: 1500, env }),
      CRASHED,
      /wasn't ready after 1500 ms \(loadTimeoutMs\)|didn't answer for \d+ ms/,
    );
    console.log(`${moment}: ${error.message} (${Math.round(performance.now() - startedAt)} ms)`);
    expect(error).toMatchObject({ signal: "SIGKILL", exitCode: undefined });
  });

  it("and is aborted, at any moment: create() rejects as aborted, long before loadTimeoutMs", async () => {
    const aborted = moments.map(async (moment) => {
      const file = join(folder(), "here");
      const controller = new AbortController();
      const { signal } = controller;
      const env = withCode(hangAt(moment, file));
      const making = create({ loadTimeoutMs: 300_000, stallMs: 3000, env }, { signal });
      making.catch(() => {});
      await until(() => existsSync(file));
      controller.abort("changed my mind");
      const error = await expectFailure(making, "ERR_WHISPER_ABORTED");
      expect(error.cause).toBe("changed my mind");
    });
    await Promise.all(aborted);
  });
});

describe("create() that is aborted", () => {
  it.each([0, 20, 60, 120, 250])("after %i ms leaves nothing", async (ms) => {
    const controller = new AbortController();
    const making = create({}, { model: randomModel("tiny"), signal: controller.signal }).then(
      async (pool) => {
        await pool.close();
        return "made";
      },
      (error) => error.code,
    );
    await sleep(ms);
    controller.abort();
    // A machine may be fast enough to have it made by then.
    expect(["ERR_WHISPER_ABORTED", ...(ms > 20 ? ["made"] : [])]).toContain(await making);
  });
});

describe.runIf(isLinux)("an address space that is too small", () => {
  it.each([
    ["for Node's own threads and the addon", 2 ** 30, undefined],
    ["for the model", 1.1 * 2 ** 30, "base"],
    ["for a state", 1.5 * 2 ** 30, "base"],
  ] as const)("%s: a coded error, and the host lives", async (_, bytes, size) => {
    const model = size && randomModel(size);
    const maxAddressSpaceBytes = Math.round(bytes);
    const error = await create({ maxAddressSpaceBytes }, { model }).catch((thrown) => thrown);
    console.log(`${maxAddressSpaceBytes} bytes: ${error.code}, ${error.message}`);
    expect(error).toBeInstanceOf(WhisperError);
    // Where it runs out is a matter of bytes: in the addon, which says so, or in V8, which aborts.
    expect(["ERR_WHISPER_OUT_OF_MEMORY", CRASHED]).toContain(error.code);
  });

  it("of 16 GiB is enough", async () => {
    const pool = await create({ maxAddressSpaceBytes: 16 * 2 ** 30 });
    expect((await pool.transcribe(audioPath("en-00.wav"))).text).toBe(FOUR);
    await pool.close();
  });
});

describe("a process that can't be started", () => {
  it("because Node is gone", async () => {
    const { execPath } = process;
    process.execPath = join(folder(), "nowhere", "node");
    try {
      await expectFailure(create({}), CRASHED, /could not be started: spawn .* ENOENT/);
    } finally {
      process.execPath = execPath;
    }
  });

  it.runIf(isLinux)("because it isn't a program", async () => {
    const { execPath } = process;
    const text = join(folder(), "node");
    writeFileSync(text, "no program", { mode: 0o644 });
    process.execPath = text;
    try {
      await expectFailure(create({}), CRASHED, /could not be started: spawn .* EACCES/);
    } finally {
      process.execPath = execPath;
    }
  });

  it.runIf(isLinux)("because its environment is too large", async () => {
    const error = await expectFailure(create({ env: { BIG: "x".repeat(3e6) } }), CRASHED);
    expect(error.message).toMatch(/could not be started: spawn E2BIG/);
  });

  it("because its script is missing", async () => {
    const script = join(folder(), "child.js");
    const making = WhisperPool.over(
      ({ model, context, engine }) =>
        new ProcessEngineHost(model, context, engine, undefined, script),
      { isolation: "process", slots: 1 },
    );
    const error = await expectFailure(making, CRASHED, /bundled.*use isolation "thread"/);
    expect(error.message).toContain(script);
  });

  it("because its script is none", async () => {
    const script = join(folder(), "child.js");
    writeFileSync(script, "this is no JavaScript");
    const making = WhisperPool.over(
      ({ model, context, engine }) =>
        new ProcessEngineHost(model, context, engine, undefined, script),
      { isolation: "process", slots: 1 },
    );
    const error = await expectFailure(making, CRASHED, /ended with exit code 1/);
    expect(error).toMatchObject({ exitCode: 1, signal: undefined });
    expect((error as { log?: string[] }).log?.join("\n")).toContain("SyntaxError");
  });

  it("for want of file descriptors: an error with a code, in a host that goes on", async () => {
    // In a process of its own, which has none left then.
    const end = await runInChild(async ({ lib, fs, report, outcome }) => {
      lib.systemInfo();
      const files: number[] = [];
      try {
        for (;;) files.push(fs.openSync("/dev/null", "r"));
      } catch {}
      for (const spare of [0, 3]) {
        for (let i = 0; i < spare; i++) fs.closeSync(files.pop() as number);
        const made = await outcome(lib.WhisperPool.create({ isolation: "process", slots: 1 }));
        report(made.ok ? "made" : made.code);
      }
      for (const file of files) fs.closeSync(file);
      const pool = await lib.WhisperPool.create({ isolation: "process", slots: 1 });
      report(pool.stats().state);
      await pool.close();
    });
    console.log(JSON.stringify(end));
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.reports.at(-1)).toBe("open");
    for (const code of end.reports.slice(0, 2)) expect(code).toMatch(/^ERR_WHISPER_/);
  });
});

describe("an addon that isn't there", () => {
  it("for the engine: the same code as in the host", async () => {
    const missing = join(folder(), "nowhere.node");
    const error = await expectFailure(
      create({ env: { STEADY_WHISPER_ADDON: missing } }),
      "ERR_WHISPER_ADDON_NOT_FOUND",
    );
    expect(error.message).toContain(missing);
  });
});
