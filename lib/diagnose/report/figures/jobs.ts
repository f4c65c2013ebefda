import type { Arm } from "../../arms.js";
import type { Channel, Diagnosis } from "../../diagnosis.js";

/** A job that counts, as the charts show it. */
export interface JudgedJob {
  readonly seq: number;
  readonly arm: Arm;
  readonly clip: string;
  readonly age: number;
  readonly audioSeconds: number;
  /** Without waits for a processor, in ms. */
  readonly ownMs: number;
  /** Time over what its work should take. */
  readonly residual: number;
}

export function judgedJobs({ measurements, residuals }: Diagnosis, channel: Channel): JudgedJob[] {
  const bySeq = new Map(residuals.map((residual) => [residual.seq, residual[channel]]));
  const jobs: JudgedJob[] = [];
  for (const { seq, arm, clip, age, audioSeconds, wallMs, shareAtWork = 1 } of measurements) {
    const residual = bySeq.get(seq);
    if (residual === undefined || !Number.isFinite(residual)) continue;
    jobs.push({ seq, arm, clip, age, audioSeconds, ownMs: wallMs * shareAtWork, residual });
  }
  return jobs;
}

/** The time in which a slowdown was found: decoding, if it only shows there, as the encoder's time would hide it. */
export function tellingChannel({ contrasts }: Diagnosis): Channel {
  const found = (channel: Channel) =>
    contrasts.some((contrast) => contrast.verdict === "supported" && contrast.channel === channel);
  return found("decode") && !found("total") ? "decode" : "total";
}

export const CHANNEL_NAMES: Readonly<Record<Channel, string>> = {
  total: "time of the whole job",
  decode: "time of decoding",
};
