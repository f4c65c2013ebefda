import { constants } from "node:os";
import { CommanderError } from "commander";
import { WhisperError } from "../errors.js";

/** Exit codes of every command. A second SIGINT, and other signals, end the process the system's own way. */
export const EXIT_OK = 0;
/** Something failed: a file, a model, a download. Each failure has had its line on stderr. */
export const EXIT_FAILURE = 1;
/** The command line is wrong; nothing was done. */
export const EXIT_USAGE = 2;

/** What a command throws to end with this code when everything that is to be said has been said. */
export class CommandExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.name = "CommandExit";
    this.exitCode = exitCode;
  }
}

/** The exit code of a process that `signal` asked to stop: 130 for SIGINT, 143 for SIGTERM. */
export function exitCodeOfSignal(signal: "SIGINT" | "SIGTERM"): number {
  return 128 + constants.signals[signal];
}

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandExit) return error.exitCode;
  if (error instanceof CommanderError) return EXIT_USAGE;
  const wrongOption = error instanceof WhisperError && error.code === "ERR_WHISPER_INVALID_ARG";
  return wrongOption ? EXIT_USAGE : EXIT_FAILURE;
}
