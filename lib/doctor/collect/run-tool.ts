import { execFile } from "node:child_process";

const TIMEOUT_MS = 10_000;

/** What a program says, or undefined: it isn't there, fails, or takes too long. */
export function outputOf(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, killSignal: "SIGKILL", windowsHide: true } as const;
    execFile(command, args, options, (error, stdout) => resolve(error ? undefined : stdout)).on(
      "error",
      () => resolve(undefined),
    );
  });
}
