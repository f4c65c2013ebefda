// native/test/parity.cc as a child process: whisper_full() with a C++ program's overhead.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { root } from "./environment.mjs";

export class Reference {
  #child;
  #lines;
  #stderr = "";

  constructor(model) {
    const folder =
      process.env.STEADY_WHISPER_TEST_PROGRAMS ?? path.join(root, "build-tests/Release");
    const program = path.join(folder, process.platform === "win32" ? "parity.exe" : "parity");
    if (!existsSync(program)) {
      throw new Error(
        `${program} is not built: build it with \`node scripts/test-native.mjs --build-only\``,
      );
    }
    this.#child = spawn(program, [model]);
    this.#child.stderr.on("data", (data) => {
      this.#stderr += data;
    });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** One job; `pairs` are the program's own keys. */
  async run(pairs) {
    const line = Object.entries(pairs).map(([key, value]) => `${key}=${value}`);
    this.#child.stdin.write(`${line.join("\t")}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the reference program ended: ${this.#stderr}`);
    return JSON.parse(value);
  }

  close() {
    this.#child.stdin.end();
  }

  /** In mid-job: what it was asked rejects. */
  async kill() {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}
