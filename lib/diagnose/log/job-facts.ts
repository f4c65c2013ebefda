import type { LoggedJob } from "../log-diagnosis.js";

/** A job as its lines tell of it, before it is known in which life of a worker it ran. */
export interface JobFacts
  extends Partial<Omit<LoggedJob, "line" | "worker" | "jobIndex" | "totalMs">> {
  readonly line: number;
  readonly audioSeconds: number;
  readonly totalMs: number;
  readonly jobIndex?: number | undefined;
  /** Of a tag. */
  readonly session?: string | undefined;
  /** Of our own lines: what is replaced as one, and counts its jobs. */
  readonly place?: string | undefined;
  readonly slot?: number | undefined;
}

/** In ms and s: what no job takes, and no audio lasts. Beyond them a number is a mistake, or malice. */
const TOTAL_MS = [1e-3, 1e9] as const;
const AUDIO_S = [1e-3, 1e6] as const;

/** Whether a job can have taken that, with audio of that length. (A length of 0 can be true: audio that is too short.) */
export function isPlausible(totalMs: number, audioSeconds: number): boolean {
  const within = (value: number, [least, most]: readonly [number, number]) =>
    value >= least && value <= most;
  return within(totalMs, TOTAL_MS) && (audioSeconds === 0 || within(audioSeconds, AUDIO_S));
}
