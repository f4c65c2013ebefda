import { access, rm } from "node:fs/promises";
import { undecided } from "../diagnose/analysis/undecided.js";
import type { DiagnosisProgress } from "../diagnose/diagnose-options.js";
import type { Diagnosis } from "../diagnose/diagnosis.js";
import { createDisplay, type DiagnosisDisplay } from "./diagnose-display.js";
import type { ExperimentOptions } from "./diagnose-flags.js";
import type { Journal } from "./diagnose-journal.js";
import { checkWritable, type Delivery, deliver } from "./diagnose-reports.js";
import type { DiagnoseTools } from "./diagnose-tools.js";
import { CommandExit, EXIT_FAILURE, exitCodeOfSignal } from "./exit-codes.js";
import { type CliIo, failureLine, say } from "./io.js";

/** Everything that one run of the experiment needs, checked. */
export interface ExperimentRun {
  readonly options: ExperimentOptions;
  readonly journal: Journal;
  readonly delivery: Delivery;
  readonly quiet: boolean;
}

/**
 * Measures, and delivers the report; after SIGINT or SIGTERM the report so far. Rejects with `CommandExit` when that has been
 * said which is to be said, and with the library's coded errors.
 */
export async function runExperiment(
  run: ExperimentRun,
  io: CliIo,
  tools: DiagnoseTools,
): Promise<void> {
  const { journal, delivery } = run;
  await checkWritable([...delivery.files, journal].map(({ path }) => path));
  const diagnosis = await measure(run, io, tools);
  const interrupted = diagnosis.stopped === "interrupted";
  if (interrupted && diagnosis.measurements.length === 0) {
    await say(io, "Interrupted before anything was measured.\n");
    if (journal.how !== "resume") await rm(journal.path, { force: true });
    throw new CommandExit(exitCode(io));
  }
  const { failures, stdoutError } = await deliver(diagnosis, delivery, io, tools);
  // A reader that has left, as `head` does, has seen what it wanted if the report is in a file too.
  const seen = stdoutError === undefined || (stdoutError.readerLeft && delivery.files.length > 0);
  await leaveJournal(run, diagnosis, failures === 0 && seen, io);
  if (interrupted) {
    if (stdoutError !== undefined && !stdoutError.readerLeft) {
      await say(io, failureLine(stdoutError));
    }
    throw new CommandExit(exitCode(io));
  }
  if (failures > 0) throw new CommandExit(EXIT_FAILURE);
  if (stdoutError !== undefined) throw stdoutError;
}

async function measure(run: ExperimentRun, io: CliIo, tools: DiagnoseTools): Promise<Diagnosis> {
  const { options, journal, quiet } = run;
  const display = createDisplay(io.stderr, {
    wanted: !quiet,
    fixed: options.blocks !== undefined,
  });
  let jobs = 0;
  const onProgress = (progress: DiagnosisProgress) => {
    jobs = progress.jobs;
    const { interim } = progress;
    // Nobody waits for a verdict on what isn't compared.
    const compared = options.compareWith !== undefined;
    display.update({
      ...progress,
      interim: compared ? interim : interim.filter(({ id }) => id !== "H5"),
    });
  };
  const stopListening = announceEnd(io.signal, display);
  if (journal.how === "replace") await rm(journal.path, { force: true });
  display.note("Preparing: model, clips, warm-up.");
  try {
    return await tools.diagnose({
      ...options,
      journal: journal.path,
      resume: journal.how === "resume",
      signal: io.signal,
      onProgress,
    });
  } catch (error) {
    display.stop();
    // A journal that another run has made in the meantime is such an error, and isn't this one's to remove.
    const isWrong = (error as { code?: unknown }).code === "ERR_WHISPER_INVALID_ARG";
    if (jobs > 0 || journal.how === "resume") await hint(run, io);
    else if (!isWrong) await rm(journal.path, { force: true });
    throw error;
  } finally {
    stopListening();
    display.stop();
  }
}

/** Tells that Ctrl-C has been noticed: the job under way may take its time. */
function announceEnd(signal: AbortSignal, display: DiagnosisDisplay): () => void {
  const listener = () => display.note("Ending after the job under way; once more ends at once.");
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

/** Removes the journal that nobody needs any more; one that more blocks could be added to stays, and so does the user's own. */
async function leaveJournal(
  run: ExperimentRun,
  diagnosis: Diagnosis,
  delivered: boolean,
  io: CliIo,
): Promise<void> {
  const open = diagnosis.stopped === "interrupted" || undecided(diagnosis).length > 0;
  if (open || !delivered) await hint(run, io);
  else if (!run.journal.named) await rm(run.journal.path, { force: true });
}

async function hint({ journal, quiet }: ExperimentRun, io: CliIo): Promise<void> {
  const there = await access(journal.path).then(
    () => true,
    () => false,
  );
  if (!there || quiet) return;
  const name = JSON.stringify(journal.name);
  await say(io, `What was measured is in ${name}: --resume goes on with it.\n`);
}

function exitCode(io: CliIo): number {
  return exitCodeOfSignal(io.signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT");
}
