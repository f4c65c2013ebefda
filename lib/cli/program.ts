import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CommandExit, EXIT_OK, exitCodeOf, exitCodeOfSignal } from "./exit-codes.js";
import { type CliIo, failureLine } from "./io.js";
import { registerModelsCommand } from "./models-command.js";
import { registerTranscribeCommand } from "./transcribe-command.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Runs one command line (without node and the script) in this process; resolves with the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const controller = new AbortController();
  // Once: a second Ctrl-C ends a process that takes too long over the first one.
  for (const signal of SIGNALS) process.once(signal, () => controller.abort(signal));
  const io: CliIo = {
    // Only touched by commands that read it.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    signal: controller.signal,
  };
  // What goes wrong with a stream reaches the command through write().
  for (const stream of [io.stdout, io.stderr]) stream.on("error", () => {});
  try {
    await createProgram(io).parseAsync(args, { from: "user" });
    return EXIT_OK;
  } catch (error) {
    // A reader like `head` may leave before the end.
    if (hasLeft(error)) return EXIT_OK;
    if (controller.signal.aborted) return exitCodeOfSignal(controller.signal.reason);
    // Both have said what there is to say.
    const silent = error instanceof CommanderError || error instanceof CommandExit;
    if (!silent) io.stderr.write(failureLine(error));
    return exitCodeOf(error);
  }
}

/** Whether this is, or was caused by, a write to a reader that has left. */
function hasLeft(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error as NodeJS.ErrnoException).code === "EPIPE" || hasLeft(error.cause);
}

function createProgram(io: CliIo): Command {
  const program = new Command("steady-whisper")
    .description("whisper.cpp inside Node: speech to text on this machine")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    })
    .showHelpAfterError("(add --help for all options)");
  registerTranscribeCommand(program, io);
  registerModelsCommand(program, io);
  return program;
}

function packageVersion(): string {
  // The same two steps up from lib/cli and from dist/cli.
  const path = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
