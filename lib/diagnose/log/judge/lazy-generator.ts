import { linearRegression, median } from "simple-statistics";
import { constantCost } from "../../../health/report/few-jobs.js";
import { seconds } from "../../../health/words.js";
import type { LogFinding } from "../../log-diagnosis.js";
import type { JudgedJob } from "../job-store.js";
import { spreadEvenly } from "./spread-evenly.js";

/** Set-up that grows with audio by no more than this share of what all else grows by is constant. */
const CONSTANT = 0.05;
/** Jobs that a fit is made to, spread evenly. */
const MOST_FITTED = 2000;

const TITLE = "The work is done while segments are read (a lazy generator)";

/**
 * faster-whisper's `transcribe()` returns a generator before anything is decoded: what is timed as set-up takes the same for
 * any length of audio, and what is timed as reading a list has all the work in it.
 */
export function judgeLazyGenerator(all: readonly JudgedJob[]): LogFinding {
  const told = all.filter(({ setUpMs }) => setUpMs !== undefined);
  const jobs = spreadEvenly(told, MOST_FITTED);
  const base = {
    id: "lazy-generator",
    title: TITLE,
    effect: undefined,
    jobs: told.length,
  } as const;
  const cost = constantCost(jobs);
  if (!cost) {
    const says =
      told.length === 0
        ? "The log tells no times of set-up apart."
        : "The jobs that tell a time of set-up are of one length: what grows with it can't be seen.";
    return { ...base, verdict: "no evidence", says: [says] };
  }
  const { m } = linearRegression(jobs.map((job) => [job.audioSeconds, job.setUpMs!]));
  const grows = cost.perAudioSecondMs;
  const lazy = grows > 0 && Math.abs(m) <= CONSTANT * grows;
  if (!lazy) {
    const says = `Set-up takes ${seconds(m)} more per second of audio, all else ${seconds(grows)}: it isn't a constant.`;
    return { ...base, verdict: grows > 0 && m > 0 ? "refuted" : "undetermined", says: [says] };
  }
  const typical = `${(median(jobs.map(({ setUpMs }) => setUpMs!)) / 1000).toFixed(3)} s`;
  return {
    ...base,
    verdict: "supported",
    says: [
      `Set-up takes ${typical} whatever the length of the audio, and reading the segments takes ${seconds(grows)} more per second of audio: ` +
        "constant set-up and work that is done while segments are read are what a lazy generator looks like. " +
        "faster-whisper's `transcribe()` returns before anything is decoded; decoding happens in the loop over the segments.",
    ],
  };
}
