/** Rejects a wait on the network that takes longer than its limit, or whose outer signal aborts. */
export class Watchdog {
  /** Aborts on a stall and on the outer signal: for `fetch`, which then closes its connection. */
  readonly signal: AbortSignal;
  readonly #stalled = new AbortController();
  readonly #limitMs: number;

  constructor(limitMs: number, outer: AbortSignal) {
    this.#limitMs = limitMs;
    this.signal = AbortSignal.any([outer, this.#stalled.signal]);
  }

  /** True once a wait has exceeded the limit. */
  get stalled(): boolean {
    return this.#stalled.signal.aborted;
  }

  /** Waits for `start()`; also rejects when `start()` ignores the signal. */
  async guard<T>(start: () => Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      this.#stalled.abort(new Error(`no data for ${this.#limitMs} ms`));
    }, this.#limitMs);
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    try {
      return await Promise.race([start(), aborted]);
    } finally {
      clearTimeout(timer);
      if (onAbort) signal.removeEventListener("abort", onAbort);
    }
  }

  /** Closes what is still open on the network. */
  stop(): void {
    this.#stalled.abort(new Error("the attempt is over"));
  }
}
