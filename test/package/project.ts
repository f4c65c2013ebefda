// A user's project: an empty folder, with a name that hurts, into which the package is installed.

import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { reference } from "../support/micro.js";

const run = promisify(execFile);

/** What `npm test` sets for its own scripts must not reach the npm of the user in question. */
export const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|STEADY_WHISPER_|NODE_PATH$)/i.test(name)),
);

export const sample = fileURLToPath(
  new URL("../../models/micro/test-audio/en-digits.wav", import.meta.url),
);
/** What it says. */
export const words = reference("en-digits.wav").text;

interface Output {
  stdout: string;
  stderr: string;
}

export class Project {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv = environment) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "steady whisper ü ")));
    this.env = env;
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ private: true }));
  }

  get installed(): string {
    return join(this.folder, "node_modules/steady-whisper");
  }

  /** By npm, from the registry and from files. */
  async install(packages: readonly string[], ...flags: string[]): Promise<void> {
    const always = ["--ignore-scripts", "--no-audit", "--no-fund"];
    await this.run("npm", ["install", ...always, ...flags, ...packages]);
  }

  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Output> {
    return run(command, args, {
      cwd: this.folder,
      env: { ...this.env, ...env },
      maxBuffer: 64 << 20,
    });
  }

  /** Runs a program of the user's, in a file beside package.json. */
  async script(name: string, code: string, env: NodeJS.ProcessEnv = {}): Promise<Output> {
    writeFileSync(join(this.folder, name), code);
    return await this.run(process.execPath, [join(this.folder, name)], env);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A folder for PATH that holds these programs, by name, and nothing else: no compiler, no cmake, no python. */
export function pathOf(programs: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "steady-whisper-bin-"));
  for (const [name, target] of Object.entries(programs)) {
    symlinkSync(realpathSync(target), join(folder, name));
  }
  return folder;
}
