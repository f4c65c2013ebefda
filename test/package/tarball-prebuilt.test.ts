// The package as most users get it: with a prebuilt addon, on a machine that can't compile anything.

import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { which } from "../../scripts/native/tools.mjs";
import { packed } from "./packed.js";
import { environment, Project, pathOf, sample, words } from "./project.js";

let bin: string;
let project: Project;

beforeAll(async () => {
  const { tarball } = await packed();
  bin = pathOf({ node: process.execPath, npm: which("npm") ?? "npm" });
  project = new Project({ ...environment, PATH: bin });
  await project.install([tarball]);
}, 1_800_000);

afterAll(() => {
  project?.remove();
  if (bin) rmSync(bin, { recursive: true, force: true });
});

/** Says what was transcribed, and by which addon. */
const program = `
  const context = await WhisperContext.create();
  const state = await context.createState();
  const { text } = await state.transcribe(${JSON.stringify(sample)}, { threads: 1 });
  await context.free();
  const { addonPath, cpuVariant } = systemInfo();
  console.log(JSON.stringify({ text, addonPath, cpuVariant }));`;

describe("the packed tarball, installed where there is no compiler", () => {
  const expectPrebuilt = ({ stdout, stderr }: { stdout: string; stderr: string }) => {
    expect(stderr).toBe("");
    const { text, addonPath, cpuVariant } = JSON.parse(stdout);
    console.log(`${relative(project.installed, addonPath)}: ${cpuVariant}`);
    expect(text).toBe(words);
    expect(relative(project.installed, addonPath)).toMatch(/^prebuilds\b.+\.node$/);
    expect(cpuVariant).not.toBe("native");
  };

  it("is a place with Node and npm alone", () => {
    expect(readdirSync(bin).sort()).toEqual(["node", "npm"]);
  });

  it("transcribes by import", async () => {
    expectPrebuilt(
      await project.script(
        "import.mjs",
        `import { systemInfo, WhisperContext } from "steady-whisper"; ${program}`,
      ),
    );
  });

  it("transcribes by require()", async () => {
    expectPrebuilt(
      await project.script(
        "require.cjs",
        `const { systemInfo, WhisperContext } = require("steady-whisper"); (async () => { ${program} })();`,
      ),
    );
  });

  it("transcribes by its command", async () => {
    const { stdout, stderr } = await project.run(
      join(project.folder, "node_modules/.bin/steady-whisper"),
      ["transcribe", "--threads", "1", sample],
    );
    expect(stderr).toBe("");
    expect(stdout.trim().split(/\s+/).join(" ")).toBe(words);
  });

  it("transcribes in processes and threads of a pool", async () => {
    const { stdout } = await project.script(
      "pool.mjs",
      `import { WhisperPool } from "steady-whisper";
       for (const isolation of ["thread", "process"]) {
         const pool = await WhisperPool.create({ slots: 1, threadsPerSlot: 1, isolation });
         console.log((await pool.transcribe(${JSON.stringify(sample)})).text);
         await pool.drain();
       }`,
    );
    expect(stdout.trim().split("\n")).toEqual([words, words]);
  });

  it("is one module, by import and by require()", async () => {
    const { stdout } = await project.script(
      "both.mjs",
      `import { createRequire } from "node:module";
       import * as imported from "steady-whisper";
       const required = createRequire(import.meta.url)("steady-whisper");
       console.log(required === imported, required.WhisperError === imported.WhisperError, Object.keys(imported).length > 5);`,
    );
    expect(stdout.trim()).toBe("true true true");
  });

  it("runs on JavaScript alone: without its TypeScript sources, documentation and native source", async () => {
    const aside = join(project.folder, "aside");
    mkdirSync(aside);
    const unneeded = ["lib", "docs", "native", "deps", "cmake", "scripts", "licenses"];
    for (const name of unneeded) renameSync(join(project.installed, name), join(aside, name));
    try {
      expectPrebuilt(
        await project.script(
          "import.mjs",
          `import { systemInfo, WhisperContext } from "steady-whisper"; ${program}`,
        ),
      );
    } finally {
      for (const name of unneeded) renameSync(join(aside, name), join(project.installed, name));
    }
  });

  it("works below a node_modules that is a symbolic link, with and without --preserve-symlinks", async () => {
    const other = new Project(project.env);
    try {
      symlinkSync(
        join(project.folder, "node_modules"),
        join(other.folder, "node_modules"),
        "junction",
      );
      const code = `import { systemInfo, WhisperContext } from "steady-whisper"; ${program}`;
      expectPrebuilt(await other.script("import.mjs", code));
      const { stdout } = await other.script("preserved.mjs", code, {
        NODE_OPTIONS: "--preserve-symlinks",
      });
      const { text, addonPath } = JSON.parse(stdout);
      expect(text).toBe(words);
      expect(addonPath.startsWith(other.folder)).toBe(true);
      expect(realpathSync(addonPath).startsWith(project.installed)).toBe(true);
    } finally {
      other.remove();
    }
  });
});
