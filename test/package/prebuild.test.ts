// Prebuilds, made as for a release, and loaded as by a user: without a build, from a folder of any name.

import { execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findWhisperSource } from "../../scripts/native/paths.mjs";
import { checkPrebuild } from "../../scripts/prebuilds/check.mjs";
import { needing, newestNeed } from "../doctor/elf.js";
import { reference } from "../support/micro.js";
import { copyPackage } from "./package-copy.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const script = join(root, "scripts/prebuilds.mjs");
const platform = `${process.platform}-${process.arch}`;

let out: string;
let stdout: string;
/** prebuilds/<platform>-<arch>, and in it the folder of companions. */
let folder: string;
let libc: "glibc" | "musl";
let companions: string;

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), "steady-whisper-prebuilds-"));
  ({ stdout } = await run(process.execPath, [script, "--quiet", "--out", out]));
  folder = join(out, "prebuilds", platform);
  libc = existsSync(join(folder, "glibc")) ? "glibc" : "musl";
  companions = join(folder, libc);
}, 3_600_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

const addonOf = (at: string) => join(at, `steady-whisper.${libc}.node`);
const librariesIn = (at: string) => readdirSync(at).filter((name) => /\.so(\.|$)/.test(name));

/** The CPU variants in ggml's CMake file: all of an architecture have names of one kind. */
function variantsOfGgml(): string[] {
  const lists = readFileSync(join(findWhisperSource(), "ggml/src/CMakeLists.txt"), "utf8");
  const names = [...lists.matchAll(/^ +ggml_add_cpu_backend_variant\((\S+?)[ )]/gm)].map(
    (match) => match[1] as string,
  );
  const foreign = /^(arm|android|apple|power\d|z\d|riscv)/;
  return names
    .filter((name) => (process.arch === "arm64" ? /^armv/.test(name) : !foreign.test(name)))
    .sort();
}

describe.runIf(process.platform === "linux")("the prebuilds", () => {
  it("are the addon and, in a folder named for the C library, all of ggml's CPU variants, OpenMP and the rest", () => {
    expect(readdirSync(folder).sort()).toEqual([libc, basename(addonOf(folder))].sort());
    const variants = variantsOfGgml();
    expect(variants.length).toBeGreaterThan(5);
    expect(librariesIn(companions).sort()).toEqual(
      [
        ...variants.map((name) => `libggml-cpu-${name}.so`),
        "libgomp.so.1",
        "libsteady-ggml-base.so",
        "libsteady-ggml.so",
      ].sort(),
    );
    for (const name of librariesIn(companions)) {
      expect(lstatSync(join(companions, name)).isFile()).toBe(true);
    }
  });

  it("say where the source of GCC's OpenMP is", () => {
    const note = readFileSync(join(companions, "libgomp.source.txt"), "utf8");
    expect(note).toMatch(/^libgomp\.so\.1\S*, of /);
  });

  it("say what they need of a machine", () => {
    const requirements = JSON.parse(readFileSync(join(companions, "requirements.json"), "utf8"));
    const files = [
      addonOf(folder),
      ...librariesIn(companions).map((name) => join(companions, name)),
    ];
    const newest = (prefix: string) =>
      files
        .flatMap((file) => {
          const content = readFileSync(file);
          return content.includes(`\0${prefix}`) ? newestNeed(content, prefix) : [];
        })
        .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
        .at(-1)
        ?.slice(prefix.length);
    expect({ ...requirements, variants: requirements.variants.toSorted() }).toEqual({
      ...(libc === "glibc" ? { glibc: newest("GLIBC_") } : {}),
      glibcxx: newest("GLIBCXX_"),
      whisper: "1.9.1",
      variants: variantsOfGgml(),
    });
    expect(stdout).toContain(
      `needs glibc ${requirements.glibc} and GLIBCXX_${requirements.glibcxx}`,
    );
    console.log(stdout.trim());
  });

  it("are not made where they would need a newer glibc than wanted; what is there stays", async () => {
    const before = readdirSync(folder, { recursive: true });
    const args = [script, "--quiet", "--out", out, "--glibc-max", "2.2"];
    const { code, stderr } = await run(process.execPath, args).then(
      () => ({ code: 0, stderr: "" }),
      (error) => error as { code: number; stderr: string },
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^this build can't be published:/);
    expect(stderr).toMatch(/steady-whisper\.glibc\.node needs glibc 2\.\d+: newer than 2\.2,/);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });
});

describe.runIf(process.platform === "linux")("a package with the prebuilds and no build", () => {
  let copy: string;
  let prebuilds: string;
  beforeAll(() => {
    copy = copyPackage();
    prebuilds = join(copy, "prebuilds", platform);
    cpSync(join(root, "models/micro/micro-q5_0.bin"), join(copy, "models/micro/micro-q5_0.bin"));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));
  beforeEach(() => {
    rmSync(join(copy, "prebuilds"), { recursive: true, force: true });
    cpSync(join(out, "prebuilds"), join(copy, "prebuilds"), { recursive: true });
  });

  const transcribe = async () => {
    const file = join(copy, "transcribe.mjs");
    writeFileSync(
      file,
      `import { WhisperContext } from "./dist/index.js";
       const end = {};
       try {
         const context = await WhisperContext.create();
         const state = await context.createState();
         const wav = ${JSON.stringify(join(root, "models/micro/test-audio/en-digits.wav"))};
         end.text = (await state.transcribe(wav, { threads: 2 })).text;
         await context.free();
       } catch (error) {
         end.code = error.code;
         end.message = error.message;
       }
       process.report.excludeNetwork = true;
       const loaded = process.report.getReport().sharedObjects.filter((name) => /ggml|gomp/.test(name));
       console.log(JSON.stringify({ ...end, loaded }));`,
    );
    const { STEADY_WHISPER_ADDON: _, ...env } = process.env;
    const { stdout, stderr } = await run(process.execPath, [file], { cwd: tmpdir(), env });
    return { stderr, ...JSON.parse(stdout) } as {
      stderr: string;
      text?: string;
      code?: string;
      message?: string;
      loaded: string[];
    };
  };

  it("transcribes in a folder with spaces and other letters, with its own ggml and OpenMP and one CPU variant", async () => {
    expect(copy).toMatch(/ .*ü/);
    const { text, loaded, stderr } = await transcribe();
    expect({ text, stderr }).toEqual({ text: reference("en-digits.wav").text, stderr: "" });
    const own = join(realpathSync(prebuilds), libc);
    const names = loaded.map((file) => {
      expect(realpathSync(file)).toBe(join(own, basename(file)));
      return basename(file);
    });
    const [variant, ...more] = names.filter((name) => name.startsWith("libggml-cpu-"));
    expect(variant).toBeDefined();
    expect(more).toEqual([]);
    expect(names.sort()).toEqual(
      [variant, "libgomp.so.1", "libsteady-ggml-base.so", "libsteady-ggml.so"].sort(),
    );
    console.log(`loaded ${variant}`);
  });

  it("without any CPU variant fails with a code that says where it looked", async () => {
    const at = join(prebuilds, libc);
    for (const name of librariesIn(at)) if (/ggml-cpu/.test(name)) rmSync(join(at, name));
    const { code, message } = await transcribe();
    expect(code).toBe("ERR_WHISPER_BACKEND_UNAVAILABLE");
    expect(message).toContain(at);
  });

  it("runs on the plainest variant alone, as on the oldest CPU", async () => {
    const plainest = process.arch === "arm64" ? "armv8.0_1" : "x64";
    const at = join(prebuilds, libc);
    for (const name of librariesIn(at)) {
      if (/ggml-cpu/.test(name) && name !== `libggml-cpu-${plainest}.so`) rmSync(join(at, name));
    }
    expect((await transcribe()).text).toBe(reference("en-digits.wav").text);
  });
});

describe.runIf(process.platform === "linux")("the check", () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "steady-whisper-prebuilds-"));
    cpSync(folder, copy, { recursive: true });
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  const problems = (changes: { glibcMax?: string; variants?: string[] } = {}) =>
    checkPrebuild(
      {
        addon: addonOf(copy),
        folder: join(copy, libc),
        libc,
        variants: changes.variants ?? variantsOfGgml(),
      },
      changes.glibcMax === undefined ? {} : { glibcMax: changes.glibcMax },
    ).problems;
  const library = (name: string) => join(copy, libc, name);
  const change = (name: string, from: string, to: string) =>
    writeFileSync(library(name), needing(readFileSync(library(name)), from, to));

  it("finds nothing wrong with what was made", () => {
    expect(problems()).toEqual([]);
  });

  it("finds links and versions in names", () => {
    copyFileSync(library("libsteady-ggml.so"), library("libsteady-ggml.so.0"));
    symlinkSync("libsteady-ggml.so", library("libggml.so"));
    expect(problems().sort()).toEqual([
      "libggml.so calls itself libsteady-ggml.so",
      "libggml.so is a symbolic link, which npm leaves out",
      "libsteady-ggml.so.0 calls itself libsteady-ggml.so",
      "libsteady-ggml.so.0 has a version in its name",
    ]);
  });

  it("finds a CPU variant that is missing", () => {
    expect(problems({ variants: [...variantsOfGgml(), "z80"] })).toEqual([
      "the CPU variant z80 is missing",
    ]);
  });

  it("finds libraries that not every machine has", () => {
    change("libsteady-ggml-base.so", "libm.so.6", "libq.so.6");
    rmSync(library("libgomp.so.1"));
    const found = problems();
    expect(found).toContain(
      "libsteady-ggml-base.so needs libq.so.6, which is neither here nor on every machine",
    );
    expect(found).toContain(
      `${basename(addonOf(copy))} needs libgomp.so.1, which is neither here nor on every machine`,
    );
  });

  it("finds places of the machine that built it", () => {
    change("libsteady-ggml.so", "$ORIGIN", "/opt/gg");
    expect(problems()).toEqual(["libsteady-ggml.so looks for libraries in /opt/gg"]);
  });

  it("finds symbols that other addons could get", () => {
    copyFileSync(library("libsteady-ggml-base.so"), addonOf(copy));
    const [exported, missing] = problems();
    expect(exported).toMatch(/\.node exports .*: symbols for Node only$/);
    expect(missing).toMatch(
      /\.node does not export napi_register_module_v1, node_api_module_get_api_version_v1$/,
    );
  });

  it("finds a glibc that is too new, by number and not by letter", () => {
    const needed = newestNeed(readFileSync(addonOf(copy)), "GLIBC_").slice("GLIBC_".length);
    expect(problems({ glibcMax: "2.100" })).toEqual([]);
    expect(problems({ glibcMax: "2.4" })).toContain(
      `${basename(addonOf(copy))} needs glibc ${needed}: newer than 2.4, build on an older system`,
    );
  });
});
