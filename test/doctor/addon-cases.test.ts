import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runProbe } from "../../lib/doctor/run-probe.js";
import { needing, newestNeed } from "./elf.js";
import { builtAddon, PackageCopy, section } from "./package-copy.js";

// Each has the condition for real: a package without an addon, or with one that can't be loaded.

const SAMPLE_FILE = "models/micro/test-audio/en-07.wav";
const BUILT = "build/Release/steady_whisper.node";
const PREBUILT = `prebuilds/${process.platform}-${process.arch}/steady-whisper.glibc.node`;

/** The report's lines as one text, without their layout. */
const flat = (text: string) => text.replaceAll(/\s+/g, " ");

describe("a package that works", () => {
  it("has no problems, and nothing to do", async () => {
    const copy = new PackageCopy();
    copy.write(BUILT, readFileSync(builtAddon));
    const { code, text, stderr } = await copy.doctor();
    expect(stderr).toBe("");
    expect(section(text, "Addon")).toMatch(
      /^ {2}ok {7}build {2,}build.Release.steady_whisper\.node: loads, in use$/m,
    );
    expect(section(text, "Addon")).toMatch(/^ {2}ok {7}test run {2,}the sample gives its words$/m);
    expect(text).not.toContain("problem");
    expect(code).toBe(0);
    for (const line of text.split("\n").filter((line) => !line.includes(copy.folder))) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
  });
});

describe("no prebuild", () => {
  it("names the one command that helps", async () => {
    const copy = new PackageCopy();
    copy.write("prebuilds/plan9-mips/steady-whisper.node", "for another system");
    const { code, text } = await copy.doctor();
    const shown = flat(section(text, "Addon"));
    expect(shown).toContain(`There is no addon for ${process.platform} ${process.arch}`);
    expect(shown).toContain("It has some for plan9-mips, and nothing was built");
    expect(section(text, "What to do")).toMatch(
      /^ {2}1\. {2}addon: `npx steady-whisper build`\.$/m,
    );
    expect(code).toBe(1);
  });

  it("names what a build needs first, where that is missing", async () => {
    const copy = new PackageCopy();
    const bin = mkdtempSync(join(tmpdir(), "steady-whisper-bin-"));
    onTestFinished(() => rmSync(bin, { recursive: true, force: true }));
    // One tool of the three is there, and a package manager.
    for (const tool of ["g++", "apt-get"]) {
      const path = spawnSync("sh", ["-c", `command -v ${tool} || command -v sh`], {
        encoding: "utf8",
      });
      symlinkSync(path.stdout.trim(), join(bin, tool));
    }
    const { code, text } = await copy.doctor([], { env: { PATH: bin } });
    expect(flat(text)).toContain(
      "Not found: CMake (3.18 or newer), Ninja or make. A build needs it.",
    );
    const steps = section(text, "What to do");
    expect(steps).toMatch(/1\. {2}build tools: `.*apt-get install.* cmake ninja-build`\.\n/);
    expect(steps).toMatch(/2\. {2}addon: `npx steady-whisper build`\.\n/);
    expect(code).toBe(1);
  });

  it("says so where this user can't write what a build makes", async () => {
    const copy = new PackageCopy();
    chmodSync(copy.folder, 0o555);
    const root = process.getuid?.() === 0;
    const { code, text } = await copy.doctor([], {
      ...(root && { uid: 65534 }),
      env: { HOME: tmpdir() },
    });
    expect(flat(text)).toContain("can't be written by this user. A build goes there.");
    expect(flat(section(text, "What to do"))).toContain(
      "as the user that has installed the package",
    );
    expect(code).toBe(1);
  });
});

describe.runIf(process.platform === "linux")("wrong glibc", () => {
  it("names both versions, and the command that builds for this one", async () => {
    const copy = new PackageCopy();
    const whole = readFileSync(builtAddon);
    copy.write(PREBUILT, needing(whole, newestNeed(whole, "GLIBC_"), "GLIBC_2.99"));
    const { code, text } = await copy.doctor();
    const shown = flat(section(text, "Addon"));
    expect(shown).toMatch(/problem prebuild .*steady-whisper\.glibc\.node can't be loaded\./);
    expect(shown).toMatch(/It needs glibc 2\.99 or newer; this system has 2\.\d+\./);
    expect(flat(section(text, "What to do"))).toContain(
      "prebuild: Build it on this machine: `npx steady-whisper build`; or use a newer system.",
    );
    expect(code).toBe(1);
  });

  it("is what the library's error says, too", () => {
    const copy = new PackageCopy();
    const whole = readFileSync(builtAddon);
    copy.write(PREBUILT, needing(whole, newestNeed(whole, "GLIBC_"), "GLIBC_2.99"));
    const env = { ...process.env };
    delete env.STEADY_WHISPER_ADDON;
    const args = [copy.path("dist/cli/main.js"), "transcribe", copy.path(SAMPLE_FILE)];
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    console.log(stderr);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /needs glibc 2\.99 or newer; this system has 2\.\d+\..*`npx steady-whisper build`/,
    );
    expect(stderr).toContain("[ERR_WHISPER_ADDON_NOT_FOUND]");
  });

  it("of a build that hides a prebuild that works: it is forced, or removed", async () => {
    const copy = new PackageCopy();
    const whole = readFileSync(builtAddon);
    const path = copy.write(BUILT, needing(whole, newestNeed(whole, "GLIBC_"), "GLIBC_2.99"));
    copy.write(PREBUILT, whole);
    const { code, text } = await copy.doctor();
    const steps = flat(section(text, "What to do"));
    expect(steps).toContain("`npx steady-whisper build --force`");
    expect(steps).toContain(`Or remove ${path}: the prebuild loads.`);
    expect(code).toBe(1);
  });
});

describe("an addon that can't be loaded", () => {
  it("for want of a library: names the package that has it", async () => {
    const copy = new PackageCopy();
    copy.write(PREBUILT, needing(readFileSync(builtAddon), "libgomp.so.1", "libgomp.so.7"));
    const { text } = await copy.doctor();
    expect(flat(text)).toContain(
      "It needs libgomp.so.7, the OpenMP runtime of GCC, which isn't found.",
    );
    expect(section(text, "What to do")).toMatch(/Install .*libgomp/);
  });

  it("because it ends the process: says how, and lives", async () => {
    const copy = new PackageCopy();
    const whole = readFileSync(builtAddon);
    copy.write(BUILT, whole.subarray(0, whole.length >> 1));
    const { code, text } = await copy.doctor();
    expect(flat(text)).toContain(
      "A process that loaded it was ended by SIGBUS: most likely the file isn't whole.",
    );
    expect(section(text, "What to do")).toContain("`npx steady-whisper build --force`");
    expect(section(text, "Models")).toContain("the embedded model is whole");
    expect(code).toBe(1);
  });

  it("that another variable names and that isn't there", async () => {
    const copy = new PackageCopy();
    copy.write(BUILT, readFileSync(builtAddon));
    const env = { STEADY_WHISPER_ADDON: copy.path("gone.node") };
    const { code, text } = await copy.doctor([], { env });
    expect(flat(text)).toContain(
      `STEADY_WHISPER_ADDON names ${copy.path("gone.node")}, which isn't there.`,
    );
    expect(section(text, "What to do")).toContain("Unset STEADY_WHISPER_ADDON, or correct it.");
    expect(code).toBe(1);
  });

  it.runIf(process.platform === "linux")("because loading never ends: it is ended", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steady-whisper-hang-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "hang.node");
    execFileSync("gcc", ["-shared", "-fPIC", "-x", "c", "-", "-o", path], {
      input:
        "#include <unistd.h>\n__attribute__((constructor)) static void f(void) { for (;;) pause(); }",
    });
    const outcome = await runProbe({ task: "load", path }, { timeoutMs: 2000 });
    expect(outcome).toMatchObject({ death: { signal: "SIGKILL", timeoutMs: 2000 } });
    expect(outcome.loads).toBeUndefined();
  });
});

describe("an addon that works badly", () => {
  it("a damaged model and sample: what is in the package is named, not the addon", async () => {
    const copy = new PackageCopy();
    copy.write(BUILT, readFileSync(builtAddon));
    copy.write("models/micro/micro-q5_0.bin", "not a model");
    const { code, text } = await copy.doctor();
    expect(flat(section(text, "Models"))).toMatch(
      /problem micro The embedded model .* is damaged\./,
    );
    expect(flat(section(text, "Addon"))).toMatch(/problem test run/);
    expect(section(text, "What to do")).toBe(
      "What to do\n  1.  test run, micro: Install the package again.\n",
    );
    expect(code).toBe(1);
  });
});
