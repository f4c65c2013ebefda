// steady-whisper and node-llama-cpp in one process: each brings a ggml of its own, of another version, and neither may get
// anything of the other's. Linux: what the loader has done can be read there.

import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packed } from "./packed.js";
import { Project, sample, words } from "./project.js";
import { tinyLlama } from "./tiny-llama.js";

const VERSION = "3.22.1"; // of node-llama-cpp
const platform = `linux-${process.arch}`;

interface LlamaResult {
  tokens: number[];
  probabilities: number[];
}
interface Results {
  steady: string[];
  llama: LlamaResult[];
  together: [string, LlamaResult][];
  libraries: string[];
}

describe.runIf(process.platform === "linux" && /^(x64|arm64)$/.test(process.arch))(
  "in one process with node-llama-cpp",
  () => {
    let project: Project;
    let alone: LlamaResult;

    beforeAll(async () => {
      const { tarball } = await packed();
      project = new Project();
      // Without its other optional dependencies, which are 640 MB of GPU libraries.
      const llama = [`node-llama-cpp@${VERSION}`, `@node-llama-cpp/${platform}@${VERSION}`];
      await project.install([tarball, ...llama], "--omit=optional");
      writeFileSync(join(project.folder, "tiny.gguf"), tinyLlama());
      const program = fileURLToPath(new URL("coexistence.mjs", import.meta.url));
      copyFileSync(program, join(project.folder, "coexistence.mjs"));
      [alone] = (await use("llama")).llama as [LlamaResult];
    }, 1_800_000);
    afterAll(() => project?.remove());

    async function use(order: string, env: NodeJS.ProcessEnv = {}): Promise<Results> {
      const args = ["coexistence.mjs", order, "tiny.gguf", sample];
      const { stdout } = await project.run(process.execPath, args, env);
      return JSON.parse(stdout);
    }

    const isOurs = (file: string) => file.includes("/node_modules/steady-whisper/");
    const isTheirs = (file: string) => file.includes("/node_modules/@node-llama-cpp/");

    it("node-llama-cpp computes by itself what it is compared with", () => {
      expect(alone.tokens).toHaveLength(16);
      expect(new Set(alone.tokens).size).toBeGreaterThan(1);
      expect(alone.probabilities.reduce((sum, probability) => sum + probability)).toBeCloseTo(1, 4);
    });

    it.each(["steady,llama,steady,llama,both,steady", "llama,steady,llama,steady,both,llama"])(
      "neither changes the other's results: %s",
      async (order) => {
        const { steady, llama, together, libraries } = await use(order);
        const count = (name: string) => order.split(",").filter((turn) => turn === name).length;
        expect(steady).toEqual(Array(count("steady")).fill(words));
        expect(llama).toEqual(Array(count("llama")).fill(alone));
        expect(together).toEqual([[words, alone]]);

        const ours = libraries.filter(isOurs).map((file) => basename(file));
        const theirs = libraries.filter(isTheirs).map((file) => basename(file));
        console.log(`ours: ${ours.join(" ")}; node-llama-cpp's: ${theirs.join(" ")}`);
        for (const pattern of [/\.node$/, /steady-ggml\.so/, /steady-ggml-base\.so/, /ggml-cpu/]) {
          expect(ours.filter((file) => pattern.test(file))).toHaveLength(1);
        }
        for (const pattern of [/\.node$/, /libggml[\w.]*\.so/, /libggml-base\.so/, /ggml-cpu/]) {
          expect(theirs.filter((file) => pattern.test(file))).toHaveLength(1);
        }
      },
    );

    it("no symbol of one is bound to the other", async () => {
      const log = join(project.folder, "bindings");
      await use("steady,llama,steady,llama", { LD_DEBUG: "bindings", LD_DEBUG_OUTPUT: log });
      const logs = readdirSync(project.folder).filter((name) => name.startsWith("bindings."));
      const bindings = logs
        .flatMap((name) => readFileSync(join(project.folder, name), "utf8").split("\n"))
        .map((line) => /binding file (.+?) \[\d+\] to (.+?) \[\d+\]: \w+ symbol `(.+?)'/.exec(line))
        .filter((match) => match !== null)
        .map(([, from = "", to = "", symbol = ""]) => ({ from, to, symbol }));
      const within = (is: (file: string) => boolean) =>
        bindings.filter(({ from, to, symbol }) => is(from) && is(to) && /ggml/.test(symbol)).length;
      console.log(
        `${bindings.length} bindings; of ggml's symbols within us ${within(isOurs)}, within node-llama-cpp ${within(isTheirs)}`,
      );
      expect(within(isOurs)).toBeGreaterThan(100);
      expect(within(isTheirs)).toBeGreaterThan(100);
      const across = bindings.filter(
        ({ from, to }) => (isOurs(from) && isTheirs(to)) || (isTheirs(from) && isOurs(to)),
      );
      expect(across).toEqual([]);
    });
  },
);
