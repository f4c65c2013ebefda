import { count } from "../../health/words.js";
import type { Analysis } from "../diagnosis.js";

/** More jobs than this share that waited are worth a word: their blocks are lost. */
const MUCH_WAITED = 0.2;

/** Why there is no verdict at all. */
export function nothingJudged({ waited, failed }: Analysis["jobs"]): string {
  if (waited > 0) {
    return `Nothing can be judged: ${count(waited, "job")} waited for a processor for much of their time. Other programs keep this machine busy.`;
  }
  return failed > 0
    ? `Nothing can be judged: ${count(failed, "job")} failed, and none was completed.`
    : "There is nothing to judge: no job was completed.";
}

/** That the machine was so busy that it cost verdicts. */
export function waitedWords({ judged, waited }: Analysis["jobs"]): string[] {
  if (waited <= MUCH_WAITED * (judged + waited)) return [];
  return [
    `${waited} of ${count(judged + waited, "job")} don't count, as they waited for a processor: on a quieter machine as many blocks tell more.`,
  ];
}
