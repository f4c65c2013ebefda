import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { lockFile } from "../../lib/models/file-lock.js";
import { until } from "../support/until.js";
import { CompiledLib } from "./support/compiled.js";
import { useFolder } from "./support/folder.js";

// The real file system, until a test lets one of its functions fail.
const failing = vi.hoisted(() => ({ name: "", code: "", times: 0 }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const breakable = (name: "readFile" | "utimes") => {
    const call = real[name] as (...args: unknown[]) => Promise<unknown>;
    return async (...args: unknown[]) => {
      if (failing.name !== name) return call(...args);
      failing.times++;
      throw Object.assign(new Error(failing.code), { code: failing.code });
    };
  };
  return { ...real, readFile: breakable("readFile"), utimes: breakable("utimes") };
});

const folder = useFolder();
const path = () => join(folder.path, "x.lock");
const timing = { heartbeatMs: 10, silentMs: 60_000, pollMs: 5, settleMs: 20 };
const lock = () => lockFile(path(), { signal: new AbortController().signal, timing });

let lib: CompiledLib;
beforeAll(() => {
  lib = new CompiledLib();
});
afterAll(() => lib.remove());
afterEach(() => {
  Object.assign(failing, { name: "", code: "", times: 0 });
});

test.each([
  ["readFile", "EMFILE"],
  ["readFile", "EIO"],
  ["utimes", "EPERM"],
])("%s failing with %s during heartbeats is no takeover", async (name, code) => {
  const held = await lock();
  Object.assign(failing, { name, code });
  await until(() => failing.times >= 5);
  expect(held.lost.aborted).toBe(false);
  failing.name = "";
  await held.confirm();
  await held.release();
  expect(await folder.files()).toEqual([]);
});

test("a takeover is noticed as soon as the lock can be read again", async () => {
  const held = await lock();
  Object.assign(failing, { name: "readFile", code: "EIO" });
  writeFileSync(path(), "another's");
  await until(() => failing.times >= 2);
  expect(held.lost.aborted).toBe(false);
  failing.name = "";
  await until(() => held.lost.aborted);
  await expect(held.confirm()).rejects.toThrow("another process has taken over");
  await held.release();
  expect(readFileSync(path(), "utf8")).toBe("another's");
});

test("confirm() that can't read the lock says so with a code, and nothing is lost", async () => {
  const held = await lock();
  Object.assign(failing, { name: "readFile", code: "EIO" });
  await expect(held.confirm()).rejects.toMatchObject({ code: "ERR_WHISPER_CACHE_WRITE" });
  expect(held.lost.aborted).toBe(false);
  failing.name = "";
  await held.release();
});

test.skipIf(process.platform === "win32")(
  "a process without free file descriptors leaves another's lock where it is",
  () => {
    writeFileSync(path(), "another's");
    const script = lib.script(`
      import { openSync } from "node:fs";
      import { lockFile } from "LIB/models/file-lock.js";
      const { signal } = new AbortController();
      try {
        for (;;) openSync("/dev/null");
      } catch {}
      await lockFile(process.argv[2], { signal }).catch((error) => console.log(error.code));
    `);
    const { stdout, stderr } = spawnSync(
      "sh",
      ["-c", 'ulimit -n 200 && exec "$0" "$@"', process.execPath, script, path()],
      { encoding: "utf8" },
    );
    expect([stdout, stderr]).toEqual(["ERR_WHISPER_CACHE_WRITE\n", ""]);
    expect(existsSync(path())).toBe(true);
    expect(readFileSync(path(), "utf8")).toBe("another's");
  },
);
