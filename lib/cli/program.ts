import { Command, CommanderError } from "commander";
import { packageVersion } from "../package-version.js";
import { registerBuildCommand } from "./build-command.js";
import { registerDiagnoseCommand } from "./diagnose-command.js";
import { loadDiagnoseTools } from "./diagnose-tools.js";
import { registerDoctorCommand } from "./doctor-command.js";
import { CommandExit, EXIT_OK, exitCodeOf, exitCodeOfSignal } from "./exit-codes.js";
import { type CliIo, failureLine, print, StdoutError, say } from "./io.js";
import { registerModelsCommand } from "./models-command.js";
import { registerTranscribeCommand } from "./transcribe-command.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** npx and `npm run` pass on the Ctrl-C that the terminal has sent to this process as well: no person is as quick. */
const SAME_WISH_MS = 300;

/** Runs one command line (without node and the script) in this process; resolves with the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const controller = new AbortController();
  for (const signal of SIGNALS) abortOn(signal, controller);
  const io: CliIo = {
    // Only touched by commands that read it.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    signal: controller.signal,
  };
  // What goes wrong with stdout reaches the command through print(); with stderr it is nobody's concern.
  for (const stream of [io.stdout, io.stderr]) stream.on("error", () => {});
  try {
    await execute(args, io);
    return EXIT_OK;
  } catch (error) {
    if (error instanceof StdoutError && error.readerLeft) return EXIT_OK;
    if (controller.signal.aborted) return exitCodeOfSignal(controller.signal.reason);
    // Both have said what there is to say.
    const silent = error instanceof CommanderError || error instanceof CommandExit;
    if (!silent) await say(io, failureLine(error));
    return exitCodeOf(error);
  }
}

/** A second Ctrl-C ends a process that takes too long over the first one: the system's own way, as nothing listens any more. */
function abortOn(signal: (typeof SIGNALS)[number], controller: AbortController): void {
  const listener = () => {
    controller.abort(signal);
    setTimeout(() => process.off(signal, listener), SAME_WISH_MS).unref();
  };
  process.on(signal, listener);
}

async function execute(args: readonly string[], io: CliIo): Promise<void> {
  let answer = "";
  const program = createProgram(io, (text) => {
    answer += text;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    // --help and --version are "errors" of commander's with exit code 0.
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    await print(io, answer);
  }
}

function createProgram(io: CliIo, writeOut: (text: string) => void): Command {
  const program = new Command("steady-whisper")
    .description("whisper.cpp inside Node: speech to text on this machine")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut,
      writeErr: (text) => void say(io, text),
    })
    .showHelpAfterError("(add --help for all options)");
  registerTranscribeCommand(program, io);
  registerDiagnoseCommand(program, io, loadDiagnoseTools);
  registerModelsCommand(program, io);
  registerBuildCommand(program, io);
  registerDoctorCommand(program, io);
  return program;
}
