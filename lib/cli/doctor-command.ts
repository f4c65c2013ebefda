import type { Command } from "commander";
import { CommandExit, EXIT_FAILURE } from "./exit-codes.js";
import { type CliIo, print } from "./io.js";

interface Flags {
  json?: boolean;
  model?: string;
  cacheDir?: string;
}

const AFTER_OPTIONS = `
Exit code 0: everything works, though there may be notes. 1: there is a problem.
`;

/** Adds `doctor` to a program: the report on stdout. Its modules are loaded when it is called. */
export function registerDoctorCommand(program: Command, io: CliIo): void {
  program
    .command("doctor")
    .description("find out what works on this machine, what doesn't and why, and what to do")
    .option("-m, --model <model>", "also check this model: a path, or a name from `models list`")
    .option("--cache-dir <folder>", "folder for models, as for `models list`")
    .option("--json", "everything that was found, as JSON")
    .addHelpText("after", AFTER_OPTIONS)
    .action(async ({ json, model, cacheDir }: Flags) => {
      const [{ collect }, { isHealthy, judge }, { toText }] = await Promise.all([
        import("../doctor/collect/collect.js"),
        import("../doctor/judge.js"),
        import("../doctor/report-text.js"),
      ]);
      const facts = await collect({ model, cacheDir, signal: io.signal });
      const findings = judge(facts);
      const healthy = isHealthy(findings);
      await print(
        io,
        json ? `${JSON.stringify({ healthy, findings, facts }, null, 2)}\n` : toText(findings),
      );
      if (!healthy) throw new CommandExit(EXIT_FAILURE);
    });
}
