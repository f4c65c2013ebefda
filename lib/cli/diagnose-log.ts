import type { LogProgress } from "../diagnose/log/log-options.js";
import type { LogDiagnosis } from "../diagnose/log-diagnosis.js";
import { passingBar } from "./bar.js";
import { checkWritable, type Delivery, deliver } from "./diagnose-reports.js";
import type { DiagnoseTools } from "./diagnose-tools.js";
import { CommandExit, EXIT_FAILURE } from "./exit-codes.js";
import type { CliIo, Terminal } from "./io.js";

/** Everything that the judging of one log needs, checked. */
export interface LogRun {
  /** As the user wrote it; "-" is standard input. */
  readonly log: string;
  readonly delivery: Delivery;
  readonly quiet: boolean;
}

/** Judges a log, and delivers the report. Rejects with `CommandExit`, and with the library's coded errors. */
export async function judgeLog(run: LogRun, io: CliIo, tools: DiagnoseTools): Promise<void> {
  const { log, delivery, quiet } = run;
  await checkWritable(delivery.files.map(({ path }) => path));
  const progress = showReading(io.stderr, !quiet);
  const options = { signal: io.signal, onProgress: progress.update };
  let diagnosis: LogDiagnosis;
  try {
    diagnosis = await (log === "-"
      ? tools.diagnoseLog(io.stdin, { ...options, name: "standard input" })
      : tools.diagnoseLog(log, options));
  } catch (error) {
    // Whoever holds the other end would keep this process alive.
    if (log === "-") io.stdin.destroy();
    throw error;
  } finally {
    progress.stop();
  }
  const { failures, stdoutError } = await deliver(diagnosis, delivery, io, tools);
  if (failures > 0) throw new CommandExit(EXIT_FAILURE);
  if (stdoutError !== undefined) throw stdoutError;
}

/** A bar on a terminal, where the log's size is known. */
function showReading(
  stream: Terminal,
  wanted: boolean,
): { update(progress: LogProgress): void; stop(): void } {
  if (!wanted || stream.isTTY !== true) return { update() {}, stop() {} };
  const bar = passingBar(stream, "[{bar}] {percentage}%, {jobs} jobs");
  return {
    update({ bytes, totalBytes, jobs }) {
      if (totalBytes === undefined) return;
      if (!bar.isActive) bar.start(totalBytes, bytes, { jobs });
      else bar.update(bytes, { jobs });
    },
    stop: () => bar.stop(),
  };
}
