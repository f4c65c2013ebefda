import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive } from "../audio/fixtures.js";
import { copyPackage, writeTool } from "../package/package-copy.js";
import { until } from "../support/until.js";

// In a copy of the package, whose builder the first tests replace by one that only tells what it got.

let copy: string;
let main: string;
beforeAll(() => {
  copy = copyPackage();
  main = join(copy, "dist/cli/main.js");
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

// No addon can be loaded: the command must work where there is none.
const env = { ...process.env, STEADY_WHISPER_ADDON: "/nonexistent/steady_whisper.node" };

describe("what the builder gets", () => {
  const recorder = `console.log(JSON.stringify(process.argv.slice(2)));
    console.error("what it says");
    process.exitCode = Number(process.env.CODE);`;
  let builder: string;
  let original: string;
  beforeAll(() => {
    builder = join(copy, "scripts/build-native.mjs");
    original = readFileSync(builder, "utf8");
    writeFileSync(builder, recorder);
  });
  afterAll(() => writeFileSync(builder, original));

  const run = (args: string[], code = 0) =>
    spawnSync(process.execPath, [main, "build", ...args], {
      env: { ...env, CODE: String(code) },
      encoding: "utf8",
    });

  it.each<[string[], string[]]>([
    [[], []],
    [
      ["--cuda", "--arch", "86,90", "--jobs", "3"],
      ["--cuda", "--arch=86,90", "--jobs=3"],
    ],
    [
      ["--vulkan", "--metal", "--force", "-q"],
      ["--vulkan", "--metal", "--force", "--quiet"],
    ],
    [["--jobs", "-1"], ["--jobs=-1"]],
  ])("of %j", (args, expected) => {
    const { status, stdout, stderr } = run(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "what it says\n" });
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it.each([1, 2])("exit code %j is passed on, without another word", (code) => {
    const { status, stderr } = run([], code);
    expect({ status, stderr }).toEqual({ status: code, stderr: "what it says\n" });
  });

  it("nothing, of a wrong command line", () => {
    const { status, stdout, stderr } = run(["--rocm"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/unknown option '--rocm'/);
  });
});

describe.skipIf(process.platform === "win32")("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends the compilers too: exit code %i", async (signal, code) => {
    const bin = mkdtempSync(join(tmpdir(), "steady-whisper-bin-"));
    try {
      // Starts a process of its own, as CMake and Ninja do, and waits for it.
      writeTool(
        bin,
        "cmake",
        `if (process.argv[2] === "--version") { console.log("cmake version 3.25.1"); process.exit(); }
         const { spawn } = require("node:child_process");
         const { renameSync, writeFileSync } = require("node:fs");
         const compiler = spawn(process.execPath, ["-e", "setTimeout(() => {}, 600000)"]);
         writeFileSync(__dirname + "/pids.new", process.pid + " " + compiler.pid);
         renameSync(__dirname + "/pids.new", __dirname + "/pids");`,
      );
      for (const tool of ["g++", "ninja"]) writeTool(bin, tool, "");
      const child = spawn(process.execPath, [main, "build", "--force"], {
        env: { ...env, PATH: `${bin}:${process.env.PATH}`, CXX: join(bin, "g++") },
        stdio: "ignore",
      });
      await until(() => existsSync(join(bin, "pids")));
      const pids = readFileSync(join(bin, "pids"), "utf8").split(" ").map(Number);
      expect(pids.map(isAlive)).toEqual([true, true]);
      child.kill(signal);
      expect(await once(child, "close")).toEqual([code, null]);
      await until(() => !pids.some(isAlive));
    } finally {
      rmSync(bin, { recursive: true, force: true });
    }
  });
});
