import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isJournal } from "../diagnose/experiment/journal.js";
import type { DiagnoseFlags } from "./diagnose-flags.js";
import type { ReportFile } from "./diagnose-reports.js";

/** The journal's name where the user gives none. */
export const JOURNAL_NAME = "steady-whisper-diagnosis.jsonl";

/** Where a run notes what it measures, so that neither Ctrl-C nor a crash loses it. */
export interface Journal {
  /** As a user would write it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** The user's own, kept after the run; else it is gone once all verdicts are there and have been delivered. */
  readonly named: boolean;
  /** "begin": no file is there. "replace": one is, and is forgotten. "resume": go on with it. */
  readonly how: "begin" | "replace" | "resume";
}

/** Beside the first report, as that is where the user looks for what this run has made; else in the working folder. */
export function journalName(flags: DiagnoseFlags, reports: readonly ReportFile[]): string {
  if (flags.journal !== undefined) return flags.journal;
  const [report] = reports;
  return report === undefined ? JOURNAL_NAME : join(dirname(report.name), JOURNAL_NAME);
}

/**
 * Looks what is at the journal's place; calls `usage` when that and the flags don't go together. A file that is there is of a
 * run that can go on, or that the user wanted to keep: nothing is written over it unasked.
 */
export async function planJournal(
  name: string,
  flags: DiagnoseFlags,
  usage: (message: string) => never,
): Promise<Journal> {
  const path = resolve(name);
  const shown = JSON.stringify(name);
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined && !(existing.isFile() && (await isJournal(path)))) {
    usage(`--journal ${shown} is something else, which is left alone`);
  }
  const plan = { name, path, named: flags.journal !== undefined };
  if (existing === undefined) {
    if (flags.resume) usage(`--resume: there is no journal ${shown} to go on with`);
    return { ...plan, how: "begin" };
  }
  if (flags.resume) return { ...plan, how: "resume" };
  if (!flags.fresh) {
    usage(`${shown} holds what an earlier run has measured: --resume goes on, --fresh begins anew`);
  }
  return { ...plan, how: "replace" };
}
