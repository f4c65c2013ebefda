import { spawnSync } from "node:child_process";

/** Runs a command that npm has made: on Windows a .cmd file, which only a shell starts. */
export function spawnCommand(command, args, cwd) {
  const windows = process.platform === "win32";
  const quoted = (word) => (windows && /[^\w@./\\:=-]/.test(word) ? `"${word}"` : word);
  return spawnSync(quoted(command), args.map(quoted), {
    cwd,
    encoding: "utf8",
    shell: windows,
    env: userEnvironment(),
    maxBuffer: 64 << 20,
  });
}

/** Without what npm sets for its own scripts: that isn't there for a user. */
function userEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_/i.test(name) || /^npm_config_(cache|registry)$/i.test(name),
    ),
  );
}
