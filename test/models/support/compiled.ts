import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** lib/ as JavaScript, for tests that need a process of their own. Nothing is type-checked here. */
export class CompiledLib {
  /** Folder of the JavaScript files, laid out as lib/ is. Within the repository, so that imports resolve. */
  readonly path: string;
  readonly #root: string;

  constructor() {
    mkdirSync(join(ROOT, ".cache"), { recursive: true });
    this.#root = mkdtempSync(join(ROOT, ".cache", "models-test-"));
    this.path = join(this.#root, "lib");
    // What lib/ finds beside itself.
    for (const name of ["package.json", "models"]) {
      symlinkSync(join(ROOT, name), join(this.#root, name));
    }
    for (const file of readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" })) {
      if (file.endsWith(".ts") && !file.endsWith(".d.ts")) this.#compile(file);
    }
  }

  #compile(file: string): void {
    const source = readFileSync(join(ROOT, "lib", file), "utf8");
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const target = join(this.path, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }

  /** Starts the command line program. */
  cli(args: string[], env: NodeJS.ProcessEnv = {}): Child {
    const main = join(this.path, "cli", "main.js");
    return new Child(spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } }));
  }

  /** Path of a module with this text; `LIB` in it stands for the folder of the compiled lib. */
  script(text: string): string {
    const file = join(this.#root, `script-${process.hrtime.bigint()}.mjs`);
    writeFileSync(file, text.replaceAll("LIB", this.path));
    return file;
  }

  /** Starts such a module. */
  start(script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Child {
    const command = [this.script(script), ...args];
    return new Child(spawn(process.execPath, command, { env: { ...process.env, ...env } }));
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** A running process and what it has said. */
export class Child {
  readonly process: ChildProcess;
  stdout = "";
  stderr = "";
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;

  constructor(child: ChildProcess) {
    this.process = child;
    child.stdout?.on("data", (data) => {
      this.stdout += data;
    });
    child.stderr?.on("data", (data) => {
      this.stderr += data;
    });
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => resolve(code ?? signal ?? "?"));
    });
  }
}
