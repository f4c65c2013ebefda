import { setTimeout as delay } from "node:timers/promises";
import pRetry from "p-retry";
import type { CheckedOptions } from "./download-options.js";
import type { PartFile } from "./part-file.js";
import { type Answer, network, request, TransferError } from "./request.js";
import { Watchdog } from "./watchdog.js";

const FREE_RETRY_BYTES = 2 ** 20;
const LONGEST_PAUSE_MS = 30_000;

/** One file to get. */
export interface Source {
  url: URL;
  /** Exact size in bytes. */
  sizeBytes: number;
}

/**
 * Fills the part up to its full size, over as many attempts as it takes.
 * @throws TransferError when the network or the server gave up; the signal's reason; cache errors
 */
export async function transfer(
  source: Source,
  part: PartFile,
  options: CheckedOptions,
  signal: AbortSignal,
): Promise<void> {
  // The furthest that any attempt came: a server that always starts anew must not go on for ever.
  let furthest = part.offset;
  let retriesLeft = options.retries;
  let free = false;
  await pRetry(() => attempt(source, part, options, signal), {
    // Counted here: p-retry's own count ends with the attempt after the last retry, whatever that one brought.
    retries: Number.POSITIVE_INFINITY,
    minTimeout: options.retryDelayMs,
    maxTimeout: LONGEST_PAUSE_MS,
    randomize: true,
    signal,
    onFailedAttempt: async ({ error }) => {
      if (!(error instanceof TransferError) || !error.retryable) throw error;
      free = part.offset - furthest >= FREE_RETRY_BYTES;
      furthest = Math.max(furthest, part.offset);
      if (!free && retriesLeft-- === 0) throw error;
      await delay(error.retryAfterMs, undefined, { signal });
    },
    // Which also decides about the pause.
    shouldConsumeRetry: () => !free,
  });
}

async function attempt(
  source: Source,
  part: PartFile,
  options: CheckedOptions,
  signal: AbortSignal,
): Promise<void> {
  const watchdog = new Watchdog(options.stallTimeoutMs, signal);
  try {
    // A whole part can be there: the last call ended between its last byte and its check.
    if (part.offset < source.sizeBytes) await receive(source, part, options, watchdog);
  } finally {
    watchdog.stop();
  }
}

async function receive(
  { url, sizeBytes }: Source,
  part: PartFile,
  options: CheckedOptions,
  watchdog: Watchdog,
): Promise<void> {
  const ask = (): Promise<Answer> => {
    const { offset, validator } = part;
    return request({ url, sizeBytes, offset, validator }, options.fetch, watchdog);
  };
  // A part that can't be asked for conditionally is started again: its end might be another version's.
  if (part.offset > 0 && part.validator === undefined) await part.discard();
  let answer = await ask();
  if (answer.kind === "stale") {
    await part.discard();
    answer = await ask();
  }
  if (answer.kind === "stale") throw new TransferError("no usable answer", { retryable: false });
  if (answer.kind === "whole") await part.restart(answer.validator);
  const report = () => options.onProgress({ receivedBytes: part.offset, totalBytes: sizeBytes });
  report();
  const { reader } = answer;
  for (;;) {
    const { done, value } = await network(watchdog, () => reader.read());
    if (done) break;
    if (part.offset + value.length > sizeBytes) {
      await part.discard();
      const text = `the server sends more than ${sizeBytes} bytes: not this file`;
      throw new TransferError(text, { retryable: false });
    }
    await part.append(value);
    report();
  }
  if (part.offset < sizeBytes) {
    const text = `the connection ended after ${part.offset} of ${sizeBytes} bytes`;
    throw new TransferError(text, { retryable: true });
  }
}
