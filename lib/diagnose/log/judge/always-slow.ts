import { quantile } from "simple-statistics";
import { count } from "../../../health/words.js";
import type { LogFinding } from "../../log-diagnosis.js";
import type { JudgedJob } from "../job-store.js";

/** A service that takes longer than the audio lasts can't keep up with one speaker. */
const REAL_TIME = 1;
/** Below this share of real time it isn't slow. */
const FAST = 0.8;
/** The first jobs of a log that are looked at: what is slow there was slow before anything could age. */
const FIRST = 20;

/** Whether jobs take longer than their audio, from the first one on. */
export function judgeAlwaysSlow(jobs: readonly JudgedJob[]): LogFinding {
  const spoken = jobs.filter(({ audioSeconds }) => audioSeconds > 0);
  const base = {
    id: "always-slow",
    title: "Slow from the first job on",
    jobs: spoken.length,
  } as const;
  if (spoken.length === 0) {
    return { ...base, verdict: "no evidence", effect: undefined, says: ["No job had any audio."] };
  }
  const pace = ({ totalMs, audioSeconds }: JudgedJob) => totalMs / 1000 / audioSeconds;
  const factors = spoken.map(pace);
  const [low, typical, high] = [0.1, 0.5, 0.9].map((p) => quantile(factors, p)) as [
    number,
    number,
    number,
  ];
  const first = quantile(factors.slice(0, FIRST), 0.5);
  const slow = first > REAL_TIME && typical > REAL_TIME;
  const verdict = slow ? "supported" : typical < FAST ? "refuted" : "undetermined";
  const range =
    spoken.length < 5
      ? `${Math.min(...factors).toFixed(2)} to ${Math.max(...factors).toFixed(2)}`
      : `typically ${typical.toFixed(2)}`;
  const says = slow
    ? [
        `${spoken.length === 2 ? "Both jobs" : count(spoken.length, "job")} took ${range} times as long as the audio, from the first one on: slow from the start isn't getting slower. ` +
          "Check that the device does the work: `steady-whisper diagnose` measures it.",
      ]
    : [`Jobs took ${range} times as long as their audio.`];
  return { ...base, verdict, effect: { estimate: typical, low, high, confidence: 0.8 }, says };
}
