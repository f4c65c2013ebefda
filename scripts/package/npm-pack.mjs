import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

/**
 * `npm pack` of a checkout.
 * @param {string} checkout
 * @param {string} folder  where the tarball goes
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ tarball: string, files: { path: string, size: number }[], unpackedSize: number }>}
 */
export async function npmPack(checkout, folder, env = process.env) {
  const windows = process.platform === "win32"; // npm is a .cmd there, which only a shell starts
  const destination = windows ? `"${folder}"` : folder;
  const { stdout } = await promisify(execFile)(
    "npm",
    ["pack", "--json", "--pack-destination", destination],
    { cwd: checkout, env, maxBuffer: 64 << 20, shell: windows },
  );
  // What prepack prints comes first, with some versions of npm.
  const [{ filename, files, unpackedSize }] = JSON.parse(stdout.slice(stdout.search(/^\[/m)));
  return { tarball: path.join(folder, filename), files, unpackedSize };
}
