import type { StateActivity } from "./protocol.js";

/**
 * A spectrogram gives no sign of progress and takes a time that is proportional to the audio: 0.1 to 1 % of its length were
 * measured, the latter on one thread of a loaded machine. It gets this share of it on top.
 */
const MEL_SHARE = 0.1;

interface Watched {
  /** Jobs that have begun on the state and haven't ended: more than one behind one that was cancelled. */
  jobs: number;
  /** What the state did when it was looked at last, as one string. */
  seen: string;
  phase: string;
  /** When that changed. */
  progressedAt: number;
  /** Length of the audio of the job, or of the one before that may still be busy, in ms. */
  audioMs: number;
}

/**
 * Finds what makes no progress: jobs whose states show no sign of it for `stallMs`, and a child that doesn't answer at all.
 * Pure: the caller brings times in ms of one monotonic clock, and what the child says.
 */
export class StallWatch {
  readonly #stallMs: number;
  readonly #states = new Map<number, Watched>();
  #answeredAt: number;

  constructor(stallMs: number, now: number) {
    this.#stallMs = stallMs;
    this.#answeredAt = now;
  }

  /** A job begins on a state. */
  begin(state: number, audioMs: number, now: number): void {
    const before = this.#states.get(state);
    this.#states.set(state, {
      jobs: (before?.jobs ?? 0) + 1,
      ...{ seen: "", phase: "", progressedAt: now },
      audioMs: Math.max(audioMs, before?.audioMs ?? 0),
    });
  }

  /** A job of the state has ended. */
  end(state: number): void {
    const watched = this.#states.get(state);
    if (watched === undefined) return;
    watched.jobs -= 1;
    if (watched.jobs === 0) this.#states.delete(state);
  }

  /** The child has answered: what its states do. */
  answered(activities: readonly StateActivity[], now: number): void {
    this.#answeredAt = now;
    for (const { state, job, phase, ticks } of activities) {
      const watched = this.#states.get(state);
      if (watched === undefined) continue;
      const seen = `${job} ${phase} ${ticks}`;
      if (seen !== watched.seen) watched.progressedAt = now;
      watched.seen = seen;
      watched.phase = phase;
    }
  }

  /** Nothing was waited for until now, or the host itself wasn't running: what it didn't hear says nothing. */
  restart(now: number): void {
    this.#answeredAt = now;
    for (const watched of this.#states.values()) watched.progressedAt = now;
  }

  /** What has stalled, in words; undefined if all is well. */
  verdict(now: number): string | undefined {
    const silentMs = now - this.#answeredAt;
    if (silentMs > this.#stallMs) return `didn't answer for ${Math.round(silentMs)} ms`;
    for (const { phase, progressedAt, audioMs } of this.#states.values()) {
      const limitMs = this.#stallMs + (phase === "mel" ? MEL_SHARE * audioMs : 0);
      const stalledMs = now - progressedAt;
      if (stalledMs > limitMs) {
        return `had a job that made no progress for ${Math.round(stalledMs)} ms (phase ${phase || "unknown"})`;
      }
    }
    return undefined;
  }
}
