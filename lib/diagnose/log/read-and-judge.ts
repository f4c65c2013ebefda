import { count } from "../../health/words.js";
import type { LogDiagnosis } from "../log-diagnosis.js";
import { JOBS_TO_SEE } from "./judge/jobs-to-see.js";
import { type Judgement, judgeLog } from "./judge/judge-log.js";
import type { CheckedLogOptions } from "./log-options.js";
import { openLog } from "./log-source.js";
import { type LogContents, readLog } from "./read-log.js";

/** Reads a log to its end, and says what its jobs show. Rejects as `openLog()` and `readLog()`. */
export async function readAndJudge(
  source: string | URL | AsyncIterable<Uint8Array>,
  checked: CheckedLogOptions,
): Promise<LogDiagnosis> {
  const log = await openLog(source, checked.name);
  const contents = await readLog(log, checked);
  const { bytes, lines, store, incomplete } = contents;
  const judged = store.kept > 0 ? judgeLog(store.jobs()) : nothingFound(contents);
  const { all, own, worker, unknown, cut } = lines;
  return {
    ...{ kind: "log", schema: 1, source: log.name, bytes },
    lines: { all, own, worker, unknown, cut },
    jobs: { found: store.found, kept: store.kept, incomplete },
    ...{ constantCost: judged.constantCost, jobsToSee: JOBS_TO_SEE },
    ...{ findings: judged.findings, points: judged.points },
    summary: [...judged.summary, ...leftOut(contents)],
  };
}

function nothingFound({ bytes, lines, incomplete }: LogContents): Judgement {
  const nothing = { constantCost: undefined, findings: [], points: [] };
  if (bytes === 0) return { ...nothing, summary: ["The log is empty: there is nothing to judge."] };
  const summary = [`No job was found in ${number(lines.all, "line")}: there is nothing to judge.`];
  if (lines.own + lines.worker === 0 || incomplete === 0) summary.push(...UNDERSTOOD);
  return { ...nothing, summary };
}

/** For those whose log has none of them. */
const UNDERSTOOD = [
  'Lines that are understood are jobs of this package\'s own log, {"job_id":"...","outcome":"completed","audio_duration_s":3.66,"t_run_ms":812,...}, ' +
    'and those of a worker: "ASR Worker: Converted segments to list (took 8.199s, count=1)", "t_segments_list=8.199s job_index=1 audio_duration=3.66s".',
];

function leftOut({ lines, store, incomplete }: LogContents): string[] {
  const sentences: string[] = [];
  if (incomplete > 0) {
    const them = number(incomplete, "job");
    sentences.push(
      `${them} ${incomplete === 1 ? "lacks its" : "lack their"} time or length of audio, and couldn't be judged.`,
    );
  }
  if (store.found > store.kept) {
    sentences.push(
      `Of ${number(store.found, "job")}, ${number(store.kept, "one")} spread evenly were judged.`,
    );
  }
  if (lines.cut > 0) {
    sentences.push(
      `${number(lines.cut, "line")} longer than 64 KiB ${lines.cut === 1 ? "was" : "were"} read up to there.`,
    );
  }
  return sentences;
}

/** "3,214 lines" */
function number(n: number, one: string): string {
  return count(n, one).replace(/^\d+/, (digits) => Number(digits).toLocaleString("en-US"));
}
