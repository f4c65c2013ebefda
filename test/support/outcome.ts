import { expect } from "vitest";
import {
  type TranscribeResult,
  type WhisperContext,
  WhisperError,
  type WhisperErrorCode,
  type WhisperState,
} from "../../lib/index.js";

/** The error that `promise` rejects with, which must be one of this package's. */
export async function failure(promise: PromiseLike<unknown>): Promise<WhisperError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(WhisperError);
    return error as WhisperError;
  }
  throw new Error(`it was expected to reject, but gave ${JSON.stringify(value)?.slice(0, 300)}`);
}

export async function expectFailure(
  promise: PromiseLike<unknown>,
  code: WhisperErrorCode,
  message?: string | RegExp,
): Promise<WhisperError> {
  const error = await failure(promise);
  expect(error.code, error.message).toBe(code);
  if (message !== undefined) expect(error.message).toMatch(message);
  return error;
}

/** All of a result that must be the same whenever the same job runs: everything but the clock. */
export function contentOf(result: TranscribeResult): unknown {
  const { timing, ...rest } = result;
  const { windows, encoderPasses, tokensDecoded, promptTokens, fallbacks, fallbackTokens } = timing;
  return {
    ...rest,
    work: { windows, encoderPasses, tokensDecoded, promptTokens, fallbacks, fallbackTokens },
  };
}

/** Runs `use` with a new state, and frees it. */
export async function withState<Value>(
  context: WhisperContext,
  use: (state: WhisperState) => PromiseLike<Value>,
): Promise<Value> {
  const state = await context.createState();
  try {
    return await use(state);
  } finally {
    await state.free();
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("no values");
  return middle;
}
