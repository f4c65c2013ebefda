import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type CrashReport, type PoolOptions, WhisperPool } from "../../lib/index.js";
import { reference } from "../support/micro.js";

export const FOUR = reference("en-00.wav").text;
export const CRASHED = "ERR_WHISPER_ENGINE_CRASHED";

/** A pool of the embedded model in a process of its own, each slot with one thread. It is closed after the test. */
export async function processPool(options: PoolOptions = {}): Promise<WhisperPool> {
  const pool = await WhisperPool.create({
    ...{ isolation: "process", backend: "cpu", slots: 1, threadsPerSlot: 1, health: false },
    ...options,
  });
  onTestFinished(() => pool.close());
  return pool;
}

/** Of the only engine. */
export function pidOf(pool: WhisperPool): number {
  const [engine] = pool.stats().engines;
  if (engine === undefined) throw new Error("the pool has no engine");
  return engine.pid;
}

export function crashesOf(pool: WhisperPool): CrashReport[] {
  const crashes: CrashReport[] = [];
  pool.on("crash", (report) => crashes.push(report));
  return crashes;
}

export interface ProcessStat {
  /** R, S, D, T, Z, ... */
  state: string;
  parent: number;
}

/** Undefined: there is no such process. */
export function statOf(pid: number | string): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: state as string, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** It runs no more. A zombie has ended; who its parent is then, and whether that cares, is another question. */
export function hasEnded(pid: number): boolean {
  const stat = statOf(pid);
  return stat === undefined || stat.state === "Z" || stat.state === "X";
}

/** Children of a process, zombies among them. */
export function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && statOf(name)?.parent === parent)
    .map(Number);
}

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "steady-whisper-isolation-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Environment for engines whose process runs this code, too, before its own. `main`: not in its worker threads. */
export function withCode(code: string): Record<string, string> {
  const path = join(folder(), "code.cjs");
  writeFileSync(path, code);
  return { NODE_OPTIONS: `--require ${path}` };
}

/** For `withCode()`: blocks the JavaScript thread for good. */
export const HANG = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";
