// Runs npm scripts of this checkout in a Linux container, on the Node of the host or of the image.

import path from "node:path";
import { BuildError } from "../native/build-error.mjs";
import { runChild } from "../native/child.mjs";
import { root } from "../native/paths.mjs";

/**
 * @param {object} request
 * @param {string} request.image
 * @param {string} request.setup  what has to be installed there: shell commands
 * @param {string[]} request.command  without spaces in its words
 * @param {boolean} request.hostNode  take the host's Node and npm, which needs glibc 2.28 only: the image has none
 */
export async function runInContainer({ image, setup, command, hostNode }) {
  const prefix = path.dirname(path.dirname(process.execPath));
  const program = [
    "set -eu",
    ...(hostNode ? ['PATH="$PATH:/opt/node/bin"'] : []),
    setup,
    // Root made them in there; who runs this must be able to delete them.
    `trap 'chown -R "$(stat -c %u:%g package.json)" .' EXIT`,
    command.join(" "),
  ].join("\n");
  const { code, signal } = await runChild("docker", [
    ...["run", "--rm", "--volume", `${root}:/package`, "--workdir", "/package"],
    ...(hostNode ? ["--volume", `${prefix}:/opt/node:ro`] : []),
    // Git's check of owners, npm's of its cache: both are root's in there.
    ...["--env", "npm_config_cache=/tmp/npm", "--env", "CI=1"],
    ...[image, "sh", "-c", program],
  ]);
  if (code !== 0) {
    throw new BuildError(`${command.join(" ")} in ${image}: ${signal ?? `exit code ${code}`}`);
  }
}
