import { spawn } from "node:child_process";

/**
 * Runs a command that npm has made to its end: on Windows a .cmd file, which only a shell starts.
 * @returns {Promise<{ status: number | null, stdout: string, stderr: string }>}
 */
export function spawnCommand(command, args, cwd) {
  const windows = process.platform === "win32";
  const quoted = (word) => (windows && /[^\w@./\\:=-]/.test(word) ? `"${word}"` : word);
  return new Promise((resolve, reject) => {
    const child = spawn(quoted(command), args.map(quoted), {
      cwd,
      shell: windows,
      env: userEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (text) => {
        output[name] += text;
      });
    }
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, ...output }));
  });
}

/** Without what npm sets for its own scripts: that isn't there for a user. */
function userEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_/i.test(name) || /^npm_config_(cache|registry|fetch_\w+)$/i.test(name),
    ),
  );
}
