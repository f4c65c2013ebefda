// Runs a program to its end. When this process is told to stop, the program and all that it has started stop too: an
// orphaned Ninja would go on writing into a folder whose lock is gone.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./paths.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, onOutput?: (chunk: Buffer, name: "stdout" | "stderr") => void }} [options]
 *   `onOutput`: gets what the program prints; without it that goes where ours goes.
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function runChild(command, args, { env = process.env, onOutput } = {}) {
  const ownGroup = process.platform !== "win32";
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      detached: ownGroup,
      stdio: ["ignore", ...(onOutput ? ["pipe", "pipe"] : ["inherit", "inherit"])],
    });
    let stoppedBy;
    const stop = (signal) => {
      stoppedBy = signal;
      try {
        if (ownGroup) process.kill(-child.pid, signal);
        else child.kill(signal);
      } catch {
        // gone already
      }
    };
    for (const signal of SIGNALS) process.on(signal, stop);
    const unlisten = () => {
      for (const signal of SIGNALS) process.off(signal, stop);
    };

    for (const name of onOutput ? ["stdout", "stderr"] : []) {
      child[name].on("data", (chunk) => onOutput(chunk, name));
    }
    child.once("error", (error) => {
      unlisten();
      reject(error);
    });
    child.once("close", (code, signal) => {
      unlisten();
      if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
      resolve({ code, signal });
    });
  });
}
