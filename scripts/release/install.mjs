import pRetry from "p-retry";
import { BuildError } from "../native/build-error.mjs";
import { spawnCommand } from "./spawn-command.mjs";

/** For about ten minutes: a version that was published just now isn't everywhere at once. */
const PATIENCE = { retries: 20, factor: 1.5, maxTimeout: 30_000 };

/**
 * `npm install` of a package into a folder.
 * @param {string} project
 * @param {string} what  a tarball, or name@version
 * @param {object} options
 * @param {boolean} options.wait  until the registry has that version
 * @param {number} [options.firstPauseMs]
 */
export async function installInto(project, what, { wait, firstPauseMs = 10_000 }) {
  await pRetry(() => install(project, what), {
    ...PATIENCE,
    minTimeout: firstPauseMs,
    retries: wait ? PATIENCE.retries : 0,
    shouldRetry: ({ error }) => error instanceof NotThereYet,
    onFailedAttempt: ({ error, retriesLeft }) => {
      if (error instanceof NotThereYet && retriesLeft > 0) {
        console.log(`the registry doesn't have ${what} yet: ${retriesLeft} more attempts`);
      }
    },
  });
}

class NotThereYet extends BuildError {}

async function install(project, what) {
  const { status, stderr } = await spawnCommand(
    "npm",
    [
      ...["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-online"],
      ...["--loglevel=error", what],
    ],
    project,
  );
  if (status === 0) return;
  const missing = /\b(E404|ETARGET)\b/.test(stderr);
  throw new (missing ? NotThereYet : BuildError)(`npm install ${what} failed:\n${stderr}`);
}
