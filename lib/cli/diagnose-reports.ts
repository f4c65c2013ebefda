import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import type { Diagnosis } from "../diagnose/diagnosis.js";
import type { LogDiagnosis } from "../diagnose/log-diagnosis.js";
import type { DiagnosisFormat } from "../diagnose/report/index.js";
import type { DiagnoseTools } from "./diagnose-tools.js";
import { type CliIo, failureLine, OutputError, print, StdoutError, say } from "./io.js";
import { partialIn, writeFileAtomically } from "./output-file.js";

/** A file that the report is written to. */
export interface ReportFile {
  /** As the user wrote it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly format: DiagnosisFormat;
}

const FORMATS: ReadonlyMap<string, DiagnosisFormat> = new Map([
  [".html", "html"],
  [".htm", "html"],
  [".md", "markdown"],
  [".markdown", "markdown"],
  [".json", "json"],
  [".txt", "text"],
]);

/**
 * Decides which report goes where; calls `usage` when that can't be.
 *
 * @param inUse Files that are read, or written for another purpose.
 */
export function planReports(
  names: readonly string[],
  inUse: readonly string[],
  usage: (message: string) => never,
): ReportFile[] {
  const taken = new Set(inUse.map((file) => resolve(file)));
  return names.map((name) => {
    const format = FORMATS.get(extname(name).toLowerCase());
    if (format === undefined) {
      usage(`--report ${JSON.stringify(name)} must end with .html, .md, .json or .txt`);
    }
    const path = resolve(name);
    if (taken.has(path)) usage(`--report ${JSON.stringify(name)} is in use for something else`);
    taken.add(path);
    return { name, path, format };
  });
}

/**
 * Makes sure, before the work that they are about, that files can be made where these are to be: makes their folders, and a
 * file in each. Rejects with an OutputError.
 */
export async function checkWritable(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      await checkFolder(path);
    } catch (error) {
      throw new OutputError(error);
    }
  }
}

async function checkFolder(path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) {
    throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
  }
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  // Not access(): it knows nothing of quotas, access lists and file systems over a network.
  const probe = partialIn(folder);
  await (await open(probe, "wx")).close();
  await rm(probe);
}

/** Where a diagnosis goes. */
export interface Delivery {
  readonly files: readonly ReportFile[];
  /** JSON on standard output. */
  readonly json: boolean;
}

/** What became of it. */
export interface Delivered {
  /** Files that couldn't be written; each has had its line. */
  readonly failures: number;
  /** Why standard output didn't take it. */
  readonly stdoutError: StdoutError | undefined;
}

/**
 * Writes the files, then standard output: that nobody reads it any more must not cost the files. Not ended by a signal: a
 * run that Ctrl-C has ended gives its report all the same.
 */
export async function deliver(
  diagnosis: Diagnosis | LogDiagnosis,
  { files, json }: Delivery,
  io: CliIo,
  tools: DiagnoseTools,
): Promise<Delivered> {
  const unending = new AbortController().signal;
  const reports: string[] = [];
  let failures = 0;
  for (const { name, path, format } of files) {
    const text = await tools.formatDiagnosis(diagnosis, format);
    try {
      await writeFileAtomically(path, text, unending);
      reports.push(name);
    } catch (error) {
      failures += 1;
      await say(io, failureLine(new OutputError(error), name));
    }
  }
  const text = await tools.formatDiagnosis(diagnosis, json ? "json" : "text", { reports });
  try {
    await print(io, text.endsWith("\n") ? text : `${text}\n`);
  } catch (error) {
    if (!(error instanceof StdoutError)) throw error;
    return { failures, stdoutError: error };
  }
  return { failures, stdoutError: undefined };
}
