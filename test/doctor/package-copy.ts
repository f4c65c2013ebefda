import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { DoctorFacts } from "../../lib/doctor/facts.js";
import type { Finding } from "../../lib/doctor/finding.js";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The addon that the tests run with. */
export const builtAddon = join(root, "build", "Release", "steady_whisper.node");

/** What the package has beside its code, as far as doctor looks at it. */
const FILES = [
  "package.json",
  "models/micro/micro-q5_0.bin",
  "models/micro/test-audio/en-07.wav",
  "scripts/build-native.mjs",
];

export interface DoctorRun {
  code: number | null;
  text: string;
  stderr: string;
}

export interface DoctorJson {
  healthy: boolean;
  findings: Finding[];
  facts: DoctorFacts;
}

/** A copy of the package as it would be installed, without any addon, that is gone after the test. */
export class PackageCopy {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "steady whisper ü "));
    onTestFinished(() => {
      chmodSync(this.folder, 0o755);
      rmSync(this.folder, { recursive: true, force: true });
    });
    for (const folder of ["dist", "scripts/native"]) {
      cpSync(join(root, folder), this.path(folder), { recursive: true });
    }
    for (const file of FILES) this.#copy(file);
    symlinkSync(join(root, "node_modules"), this.path("node_modules"));
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Puts a file into it. */
  write(file: string, content: Uint8Array | string): string {
    const path = this.path(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  #copy(file: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    copyFileSync(join(root, file), this.path(file));
  }

  /** Runs `steady-whisper doctor` of it, by this Node or another. What it prints is shown. */
  async doctor(
    args: readonly string[] = [],
    {
      env = {},
      node = process.execPath,
      uid,
    }: { env?: NodeJS.ProcessEnv; node?: string; uid?: number } = {},
  ): Promise<DoctorRun> {
    const inherited = { ...process.env };
    delete inherited.STEADY_WHISPER_ADDON;
    const child = spawn(node, [this.path("dist", "cli", "main.js"), "doctor", ...args], {
      cwd: this.folder,
      env: { ...inherited, STEADY_WHISPER_CACHE: this.path("no models"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid !== undefined && { uid }),
    });
    const output = { text: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.text += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (!args.includes("--json")) console.log(output.text + output.stderr);
    return { code, ...output };
  }

  /** The same with --json. */
  async doctorJson(
    ...[args = [], options]: Parameters<PackageCopy["doctor"]>
  ): Promise<DoctorJson> {
    const { text } = await this.doctor([...args, "--json"], options);
    return JSON.parse(text);
  }
}

/** The lines of one section of a report. */
export function section(text: string, title: string): string {
  return text.split("\n\n").find((part) => part.startsWith(`${title}\n`)) ?? "";
}
