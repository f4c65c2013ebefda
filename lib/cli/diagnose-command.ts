import type { Command } from "commander";
import {
  checkFlags,
  type DiagnoseFlags,
  diagnoseFlagOptions,
  experimentOptions,
} from "./diagnose-flags.js";
import { journalName, planJournal } from "./diagnose-journal.js";
import { judgeLog } from "./diagnose-log.js";
import { planReports } from "./diagnose-reports.js";
import { runExperiment } from "./diagnose-run.js";
import type { DiagnoseTools } from "./diagnose-tools.js";
import type { CliIo } from "./io.js";

const AFTER_OPTIONS = `
Hypotheses:
  H0  cost follows work: nothing gets slower
  H1  state accumulates in the library: in the decoder state, the context or the process
  H2  reading segments late or slowly slows decoding
  H3  memory leaks or fragments
  H4  text of earlier windows costs time
  H5  another build or model differs in speed (--compare-with)
  H6  the device isn't doing the work

Examples:
  steady-whisper diagnose                                    the embedded model and samples
  steady-whisper diagnose -m base.en -a calls/ --report diagnosis.html
  steady-whisper diagnose -m base.en --time-limit 30         what 30 minutes can tell
  steady-whisper diagnose --compare-with other/steady_whisper.node
  steady-whisper diagnose --resume                           goes on after Ctrl-C, with the same options
  steady-whisper diagnose --from-log worker.log              measures nothing
  kubectl logs worker | steady-whisper diagnose --from-log - --json

Exit code 0: judged, whatever the verdicts are. 1: failed. 2: wrong command line. 130: Ctrl-C; the report so far is
printed, and --resume goes on. Leave the machine alone meanwhile: jobs that wait for a processor don't count.
`;

/**
 * Adds `diagnose` to a program: the report on stdout and in files, everything else on stderr. The action rejects with
 * `CommandExit` and with the library's coded errors.
 *
 * @param load Called when there is something to do: other commands don't load what draws plots.
 */
export function registerDiagnoseCommand(
  program: Command,
  io: CliIo,
  load: () => Promise<DiagnoseTools>,
): void {
  const command = program
    .command("diagnose")
    .summary("find out whether transcription is getting slower, and why")
    .description(
      "Find out whether transcription on this machine is getting slower, and why: measures the same clips in ways that differ in what is kept between jobs, until each hypothesis has a verdict. Or judges a worker's existing log.",
    )
    .addHelpText("after", AFTER_OPTIONS);
  for (const option of diagnoseFlagOptions()) command.addOption(option);
  command.action(async (flags: DiagnoseFlags) => {
    const usage = (message: string): never => command.error(`error: ${message}`);
    checkFlags(command, flags, usage);
    const quiet = flags.quiet === true;
    const plan = (inUse: (string | undefined)[]) => ({
      files: planReports(
        flags.report ?? [],
        inUse.filter((file) => file !== undefined),
        usage,
      ),
      json: flags.json === true,
    });
    if (flags.fromLog !== undefined) {
      if (flags.fromLog === "-" && "isTTY" in io.stdin && io.stdin.isTTY) {
        usage("--from-log - reads a log from standard input, which is a terminal here");
      }
      const run = { log: flags.fromLog, delivery: plan([flags.fromLog]), quiet };
      return judgeLog(run, io, await load());
    }
    const delivery = plan([flags.model, flags.compareWith, flags.journal, ...(flags.audio ?? [])]);
    const options = experimentOptions(flags);
    const journal = await planJournal(journalName(flags, delivery.files), flags, usage);
    await runExperiment({ options, journal, delivery, quiet }, io, await load());
  });
}
