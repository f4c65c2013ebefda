import { vi } from "vitest";
import {
  type AudioInput,
  type JobOptions,
  type PoolJob,
  type PoolOptions,
  WhisperPool,
} from "../../../lib/index.js";
import { FakeHost } from "./engine.js";

/** Timers and the monotonic clock stand still until they are told to go on. */
export function stopClock(): void {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
  });
}

export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** Settles like `promise`, while time passes. */
export async function during<Value>(
  promise: PromiseLike<Value>,
  limitMs = 600_000,
): Promise<Value> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  for (let waited = 0; !settled && waited < limitMs; waited += 50) await pass(50);
  if (!settled) throw new Error(`it hasn't settled in ${limitMs} ms`);
  return promise;
}

/** A pool on engines that compute nothing. */
export async function fakePool(
  options: PoolOptions = {},
  host = new FakeHost(),
): Promise<{ pool: WhisperPool; host: FakeHost }> {
  const pool = await during(
    WhisperPool.over(() => host, {
      ...{ isolation: "process", slots: 2, threadsPerSlot: 1 },
      ...options,
    }),
  );
  return { pool, host };
}

/** A job whose failure may be looked at later. */
export function submit(pool: WhisperPool, audio: AudioInput, options?: JobOptions): PoolJob {
  const job = pool.transcribe(audio, options);
  job.catch(() => {});
  return job;
}
