import { type ChildProcess, spawn } from "node:child_process";
import type * as fsModule from "node:fs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as workerModule from "node:worker_threads";
import type * as library from "../../lib/index.js";
import { micro } from "./micro.js";

const dist = new URL("../../dist/index.js", import.meta.url).href;

/** What code in a child process works with. It sees nothing else of its test file but `args`. */
export interface Tools {
  lib: typeof library;
  fs: typeof fsModule;
  workers: typeof workerModule;
  micro: Record<"q5_0" | "q8_0" | "f16", string>;
  samplesOf(name: string): Float32Array;
  noise(seconds: number, amplitude: number): Float32Array;
  sleep(ms: number): Promise<void>;
  /** Hands a value to the test. Strings of errors keep code, name and message. */
  report(value: unknown): void;
  /** What a promise came to, as plain data. */
  outcome(promise: PromiseLike<unknown>): Promise<Outcome>;
  /** Collects garbage until finalizers have run; needs `--expose-gc`. */
  collect(): Promise<void>;
  rss(): number;
  threads(): number;
  /** The script of `worker` in {@link ChildOptions}. */
  workerFile: string;
}

export type Outcome =
  | { ok: true; value: unknown }
  | { ok: false; code: string | undefined; name: string; message: string };

export interface ChildOptions {
  args?: unknown;
  flags?: string[];
  env?: Record<string, string>;
  /** Kills the child; the test then sees the signal. */
  timeoutMs?: number;
  /** Body of a worker thread, started by the child with `new workers.Worker(workerFile)`. */
  worker?: (tools: Tools, args: never) => unknown;
  /** Called with the running process. */
  onStart?: (child: ChildProcess) => void;
  onReport?: (value: unknown, child: ChildProcess) => void;
}

export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  reports: unknown[];
}

/**
 * Runs `body` as a program of its own on the compiled library. Its source text crosses, so it may only use its
 * parameters and globals (no `import()`).
 */
export async function runInChild<Args>(
  body: (tools: Tools, args: Args) => unknown,
  options: ChildOptions = {},
): Promise<ChildEnd> {
  const folder = mkdtempSync(join(tmpdir(), "steady-whisper-child-"));
  try {
    const workerFile = join(folder, "worker.mjs");
    writeFileSync(workerFile, program(options.worker ?? (() => {}), options.args, workerFile));
    const file = join(folder, "main.mjs");
    writeFileSync(file, program(body, options.args, workerFile));
    return await run(file, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many times as long as usual everything may take: under a sanitizer. */
const PATIENCE = Number(process.env.STEADY_TEST_PATIENCE ?? 1);

function run(file: string, options: ChildOptions): Promise<ChildEnd> {
  const child = spawn(process.execPath, [...(options.flags ?? []), file], {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    timeout: (options.timeoutMs ?? 60_000) * PATIENCE,
    killSignal: "SIGKILL",
  });
  const end: ChildEnd = { code: null, signal: null, stdout: "", stderr: "", reports: [] };
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    end.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    end.stderr += text;
  });
  let unread = "";
  child.stdio[3]?.on("data", (data) => {
    const lines = (unread + String(data)).split("\n");
    unread = lines.pop() ?? "";
    for (const line of lines) {
      const value = JSON.parse(line) as unknown;
      end.reports.push(value);
      options.onReport?.(value, child);
    }
  });
  options.onStart?.(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ ...end, code, signal }));
  });
}

function program(body: (...args: never[]) => unknown, args: unknown, workerFile: string): string {
  return `import * as fs from "node:fs";
import * as workers from "node:worker_threads";
import * as lib from ${JSON.stringify(dist)};

const audioFolder = ${JSON.stringify(fileURLToPath(new URL("../../models/micro/test-audio/", import.meta.url)))};
const tools = {
  lib,
  fs,
  workers,
  micro: ${JSON.stringify(micro)},
  workerFile: ${JSON.stringify(workerFile)},
  samplesOf(name) {
    const file = fs.readFileSync(audioFolder + name);
    return Float32Array.from({ length: (file.length - 44) / 2 }, (_, i) => file.readInt16LE(44 + 2 * i) / 32768);
  },
  noise(seconds, amplitude) {
    let state = 1;
    return Float32Array.from({ length: Math.round(seconds * 16000) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state / 2 ** 31) * amplitude;
    });
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  report: (value) => void fs.writeSync(3, JSON.stringify(value ?? null) + "\\n"),
  outcome: async (promise) => {
    try {
      return { ok: true, value: await promise };
    } catch (error) {
      return { ok: false, code: error?.code, name: String(error?.name), message: String(error?.message) };
    }
  },
  collect: async () => {
    for (let i = 0; i < 3; i++) {
      globalThis.gc();
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
  rss: () => process.memoryUsage.rss(),
  threads: () => fs.readdirSync("/proc/self/task").length,
};

// Node's pool of threads starts on first use (Node 20 needs it to get here): what counts threads finds it there.
await fs.promises.stat(".");
await (${body.toString()})(tools, ${JSON.stringify(args ?? null)});
`;
}

export const isLinux = process.platform === "linux";

export function fileUrl(path: string): URL {
  return pathToFileURL(path);
}
