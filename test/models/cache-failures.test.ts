import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { downloadModel } from "../../lib/models/index.js";
import { useFolder } from "./support/folder.js";
import { ModelServer, modelBytes, modelOf } from "./support/model-server.js";

const bytes = modelBytes(3 * 2 ** 20);
const model = modelOf(bytes);
const folder = useFolder();
let server: ModelServer;
beforeEach(async () => {
  server = await ModelServer.start(bytes);
});
afterEach(() => server.stop());

const into = (cacheDir: string) =>
  downloadModel(model, { retryDelayMs: 1, retries: 3, cacheDir, endpoint: server.endpoint });

function writeFailure(directory: string, errno: string) {
  return {
    name: "WhisperModelError",
    code: "ERR_WHISPER_CACHE_WRITE",
    message: expect.stringMatching(new RegExp(`${directory}.*${errno}.*STEADY_WHISPER_CACHE`)),
    cause: expect.objectContaining({ code: errno }),
  };
}

/** Mounts a tiny file system on `path`, or says why it can't. */
function mountTmpfs(path: string, size: string): string | undefined {
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a disk that is full", () => {
  test("a real one: coded error, no final file, goes on when there is space", async ({ skip }) => {
    const small = join(folder.path, "small");
    const trouble = mountTmpfs(small, "2m");
    if (trouble) {
      console.warn(
        `SKIPPED: a full disk is only simulated here, tmpfs can't be mounted: ${trouble}`,
      );
      skip("can't mount a tmpfs here");
    }
    try {
      await expect(into(small)).rejects.toMatchObject(writeFailure(small, "ENOSPC"));
      expect(existsSync(join(small, "ggml-toy.bin"))).toBe(false);
      expect(existsSync(join(small, "ggml-toy.bin.lock"))).toBe(false);
      const kept = readFileSync(join(small, "ggml-toy.bin.part")).length;
      expect(kept).toBeGreaterThan(2 ** 20);
      expect(server.asked).toHaveLength(1);
      execFileSync("mount", ["-o", "remount,size=8m", small]);
      await into(small);
      expect(server.asked[1]?.range).toBe(`bytes=${kept}-`);
      expect(readFileSync(join(small, "ggml-toy.bin")).equals(bytes)).toBe(true);
    } finally {
      execFileSync("umount", [small]);
    }
  });

  test("without room for even the lock: no lock is left behind", async ({ skip }) => {
    const small = join(folder.path, "small");
    const trouble = mountTmpfs(small, "1m");
    if (trouble) {
      console.warn(`SKIPPED: tmpfs can't be mounted: ${trouble}`);
      skip("can't mount a tmpfs here");
    }
    try {
      const filler = join(small, "filler");
      expect(() => writeFileSync(filler, Buffer.alloc(2 ** 21))).toThrow("ENOSPC");
      await expect(into(small)).rejects.toMatchObject(writeFailure(small, "ENOSPC"));
      expect(existsSync(join(small, "ggml-toy.bin.lock"))).toBe(false);
    } finally {
      execFileSync("umount", [small]);
    }
  });

  test.skipIf(!existsSync("/dev/full"))("a device that is always full", async () => {
    symlinkSync("/dev/full", join(folder.path, "ggml-toy.bin.part"));
    await expect(into(folder.path)).rejects.toMatchObject(writeFailure(folder.path, "ENOSPC"));
    expect(server.asked).toHaveLength(1);
    expect(existsSync(join(folder.path, "ggml-toy.bin"))).toBe(false);
  });
});

describe("a folder that can't be written", () => {
  test("below a file", async () => {
    writeFileSync(join(folder.path, "file"), "");
    const below = join(folder.path, "file", "models");
    await expect(into(below)).rejects.toMatchObject(writeFailure(below, "ENOTDIR"));
    expect(server.asked).toHaveLength(0);
  });

  test("a file in its place", async () => {
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    await expect(into(file)).rejects.toMatchObject(writeFailure(file, "EEXIST"));
  });

  test("a read-only file system", async ({ skip }) => {
    const locked = join(folder.path, "locked");
    const trouble = mountTmpfs(locked, "8m");
    if (trouble) {
      console.warn(`SKIPPED: tmpfs can't be mounted: ${trouble}`);
      skip("can't mount a tmpfs here");
    }
    try {
      execFileSync("mount", ["-o", "remount,ro", locked]);
      await expect(into(locked)).rejects.toMatchObject(writeFailure(locked, "EROFS"));
      execFileSync("mount", ["-o", "remount,rw", locked]);
      await into(locked);
      execFileSync("mount", ["-o", "remount,ro", locked]);
      // What is there can be used without writing anything.
      expect(await into(locked)).toBe(join(locked, "ggml-toy.bin"));
    } finally {
      execFileSync("umount", [locked]);
    }
  });

  test("a folder where the model belongs", async () => {
    mkdirSync(join(folder.path, "ggml-toy.bin"));
    await expect(into(folder.path)).rejects.toMatchObject({ code: "ERR_WHISPER_CACHE_WRITE" });
    rmSync(join(folder.path, "ggml-toy.bin"), { recursive: true });
    await into(folder.path);
    // The first call had everything but the name.
    expect(server.asked).toHaveLength(1);
  });
});
