import { isHttp } from "./endpoint.js";
import type { Watchdog } from "./watchdog.js";

const MOST_REDIRECTS = 8;
const LONGEST_RETRY_AFTER_MS = 60_000;

/** An attempt that failed for reasons outside of this machine's disk. */
export class TransferError extends Error {
  /** True when the same request may work later. */
  readonly retryable: boolean;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(
    message: string,
    options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** What to ask for: the file from `offset` on, if it is still the one that `validator` names. */
export interface Wanted {
  url: URL;
  /** Exact size of the whole file in bytes. */
  sizeBytes: number;
  /** In bytes. */
  offset: number;
  validator: string | undefined;
}

/**
 * What the server sends. `rest`: the bytes from `offset` on. `whole`: the file from its first byte,
 * whatever was asked for. `stale`: what is here can't be continued; ask again from the first byte.
 */
export type Answer =
  | { kind: "stale" }
  | {
      kind: "rest" | "whole";
      /**
       * Of the body, which is locked by it as soon as it is known to be wanted: Node's fetch cancels one that nobody reads
       * when its Response is garbage-collected, and then it seems to have ended.
       */
      reader: ReadableStreamDefaultReader<Uint8Array>;
      /** A strong ETag, or the modification time: what a later request may be conditional on. */
      validator: string | undefined;
    };

/**
 * Sends one request, follows its redirects, and says what the answer means.
 * @throws TransferError
 */
export async function request(
  wanted: Wanted,
  fetch: typeof globalThis.fetch,
  watchdog: Watchdog,
): Promise<Answer> {
  // Compressed bytes would have another length, and ranges that mean something else.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (wanted.offset > 0 && wanted.validator !== undefined) {
    headers.range = `bytes=${wanted.offset}-`;
    headers["if-range"] = wanted.validator;
  }
  let url = wanted.url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await fetchOnce(url, headers, fetch, watchdog);
    if (response.status < 300 || response.status > 399) return interpret(response, wanted);
    await drop(response);
    url = redirected(url, response.headers.get("location"));
  }
  throw new TransferError(`more than ${MOST_REDIRECTS} redirects`, { retryable: false });
}

async function fetchOnce(
  url: URL,
  headers: Record<string, string>,
  fetch: typeof globalThis.fetch,
  watchdog: Watchdog,
): Promise<Response> {
  const { signal } = watchdog;
  return network(watchdog, () => fetch(url, { headers, redirect: "manual", signal }));
}

/** Waits for the network; whatever goes wrong there is worth another attempt. */
export async function network<T>(watchdog: Watchdog, wait: () => Promise<T>): Promise<T> {
  try {
    return await watchdog.guard(wait);
  } catch (cause) {
    const reason = watchdog.signal.aborted ? watchdog.signal.reason : cause;
    throw new TransferError(innermost(reason), { retryable: true, cause: reason });
  }
}

// fetch says only "fetch failed"; what happened is in its cause.
function innermost(error: unknown): string {
  const { cause, message, code } = error as { cause?: unknown; message?: string; code?: string };
  if (cause instanceof Error) return innermost(cause);
  return message || code || String(error);
}

function redirected(from: URL, location: string | null): URL {
  const to =
    location !== null && URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (to && isHttp(to) && !(from.protocol === "https:" && to.protocol === "http:")) return to;
  // Not the whole address: it may be a signed one.
  const where = to ? `${to.protocol}//${to.host}` : "no valid address";
  throw new TransferError(`refused a redirect from ${from.protocol}//${from.host} to ${where}`, {
    retryable: false,
  });
}

async function interpret(response: Response, wanted: Wanted): Promise<Answer> {
  const { status, headers, body } = response;
  if (status === 200 && body) return whole(response, body, wanted);
  if (status === 206 && body && continues(headers, wanted)) {
    return { kind: "rest", reader: body.getReader(), validator: wanted.validator };
  }
  await drop(response);
  if ((status === 206 || status === 416) && wanted.offset > 0) return { kind: "stale" };
  throw new TransferError(`HTTP ${status}${explain(status)}`, {
    retryable: status === 408 || status === 429 || status >= 500,
    retryAfterMs: retryAfterMs(headers),
  });
}

async function whole(
  response: Response,
  body: ReadableStream<Uint8Array>,
  wanted: Wanted,
): Promise<Answer> {
  const { headers } = response;
  const encoding = headers.get("content-encoding") ?? "identity";
  // fetch unpacks these; then neither the length nor a range is about the bytes that come out.
  if (encoding !== "identity") {
    return { kind: "whole", reader: body.getReader(), validator: undefined };
  }
  const length = headers.get("content-length");
  if (length === null || Number(length) === wanted.sizeBytes) {
    return { kind: "whole", reader: body.getReader(), validator: validatorOf(headers) };
  }
  await drop(response);
  const type = headers.get("content-type") ?? "unknown type";
  throw new TransferError(
    `the server sends ${length} bytes (${type}) instead of ${wanted.sizeBytes}: not this file`,
    { retryable: false },
  );
}

// A server may ignore If-Range, and a range of another version must not be glued to this one.
function continues(headers: Headers, wanted: Wanted): boolean {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  if (Number(range?.[1]) !== wanted.offset) return false;
  if (range?.[2] !== "*" && Number(range?.[2]) !== wanted.sizeBytes) return false;
  const version = headers.get(wanted.validator?.startsWith('"') ? "etag" : "last-modified");
  return version === null || version === wanted.validator;
}

function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  if (etag?.startsWith('"')) return etag;
  // A weak ETag allows other bytes, so it can't vouch for a part.
  return headers.get("last-modified") ?? undefined;
}

function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get("retry-after") ?? 0);
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : 0;
}

function explain(status: number): string {
  if (status === 401 || status === 403) return ": the server doesn't give this file to everybody";
  return status === 404 ? ": the server doesn't have this file" : "";
}

async function drop(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}
