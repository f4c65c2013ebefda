// Package managers other than npm lay node_modules out in their own ways, or do without it, and have their own ideas of what
// must be compiled: where they run here, nothing can be.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { which } from "../../scripts/native/tools.mjs";
import { packed } from "./packed.js";
import { environment, Project, pathOf, sample, words } from "./project.js";

const PNPM = "pnpm@12.21.0";
const YARN_CLASSIC = "yarn@1.22.22";
const YARN = "@yarnpkg/cli-dist@4.18.1";

// What they download is kept between runs; not what is packed here, which some take for known by its version.
const caches = fileURLToPath(new URL("../../build/test-package/caches/", import.meta.url));

const program = `
  import { systemInfo, WhisperContext, WhisperPool } from "steady-whisper";
  const context = await WhisperContext.create();
  const state = await context.createState();
  const texts = [(await state.transcribe(${JSON.stringify(sample)}, { threads: 1 })).text];
  await context.free();
  const pool = await WhisperPool.create({ slots: 1, threadsPerSlot: 1, isolation: "process" });
  texts.push((await pool.transcribe(${JSON.stringify(sample)})).text);
  await pool.drain();
  console.log(JSON.stringify({ texts, ...systemInfo() }));`;

describe.runIf(process.platform === "linux")("installed by", () => {
  let tarball: string;
  let bin: string;
  let project: Project;

  beforeAll(async () => {
    ({ tarball } = await packed());
    const sh = which("sh") ?? "";
    bin = pathOf({ node: process.execPath, npm: which("npm") ?? "", npx: which("npx") ?? "", sh });
  }, 1_800_000);
  afterAll(() => {
    if (bin) rmSync(bin, { recursive: true, force: true });
  });
  beforeEach(() => {
    const telemetry = { YARN_ENABLE_TELEMETRY: "0", YARN_GLOBAL_FOLDER: join(caches, "yarn") };
    project = new Project({ ...environment, ...telemetry, PATH: bin });
    writeFileSync(join(project.folder, "program.mjs"), program);
  });
  afterEach(() => project.remove());

  /** Runs a package manager that npm fetches. */
  const use = (manager: string, ...args: string[]) => project.run("npx", ["-y", manager, ...args]);

  const expectPrebuilt = (stdout: string) => {
    const { texts, addonPath, cpuVariant } = JSON.parse(stdout);
    console.log(`${relative(project.folder, addonPath)}: ${cpuVariant}`);
    expect(texts).toEqual([words, words]);
    expect(addonPath).toMatch(/steady-whisper\/prebuilds\/.+\.node$/);
    expect(cpuVariant).not.toBe("native");
  };
  const expectWords = (stdout: string) => expect(stdout.trim().split(/\s+/).join(" ")).toBe(words);

  it("pnpm", async () => {
    await use(PNPM, "add", "--store-dir", join(caches, "pnpm"), tarball);
    expectPrebuilt((await use(PNPM, "exec", "node", "program.mjs")).stdout);
    expectWords((await use(PNPM, "exec", "steady-whisper", "transcribe", "-t1", sample)).stdout);
  }, 300_000);

  it("Yarn 1", async () => {
    const cache = mkdtempSync(join(tmpdir(), "steady-whisper-yarn-"));
    try {
      await use(YARN_CLASSIC, "add", "--non-interactive", "--cache-folder", cache, tarball);
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
    expectPrebuilt((await use(YARN_CLASSIC, "--silent", "node", "program.mjs")).stdout);
    expectWords(
      (await use(YARN_CLASSIC, "--silent", "steady-whisper", "transcribe", "-t1", sample)).stdout,
    );
  }, 300_000);

  it.each(["node-modules", "pnp"])(
    "Yarn 4, nodeLinker %s",
    async (nodeLinker) => {
      // Scripts of dependencies are off by default: were one needed, it would be noticed here.
      const settings = `nodeLinker: ${nodeLinker}\nenableScripts: true\nenableImmutableInstalls: false\n`;
      writeFileSync(join(project.folder, ".yarnrc.yml"), settings);
      writeFileSync(join(project.folder, "yarn.lock"), ""); // or it looks for a project further up
      await use(YARN, "add", `steady-whisper@file:${tarball}`);
      expectPrebuilt((await use(YARN, "node", "program.mjs")).stdout);
      expectWords((await use(YARN, "steady-whisper", "transcribe", "-t1", sample)).stdout);
    },
    300_000,
  );
});
