import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { downloadModel } from "../../lib/models/index.js";
import { useFolder } from "./support/folder.js";
import { ModelServer, modelBytes, modelOf } from "./support/model-server.js";

// The real lock, but with less patience.
vi.mock("../../lib/models/file-lock.js", async (original) => {
  const real = await original<typeof import("../../lib/models/file-lock.js")>();
  const timing = { heartbeatMs: 20, silentMs: 300, pollMs: 10, settleMs: 20 };
  const lockFile: typeof real.lockFile = (path, options) =>
    real.lockFile(path, { ...options, timing });
  return { ...real, lockFile };
});

const bytes = modelBytes(200_000);
const folder = useFolder();
let server: ModelServer;
beforeEach(async () => {
  server = await ModelServer.start(bytes);
});
afterEach(() => server.stop());

const finalPath = () => join(folder.path, "ggml-toy.bin");
const options = () => ({ retries: 0, cacheDir: folder.path, endpoint: server.endpoint });
const ELSEWHERE = JSON.stringify({ pid: 1, host: "elsewhere", id: "x" });

/** What a process on another machine leaves that has fallen silent, dead or not. */
function leaveSilentOwner(): void {
  writeFileSync(`${finalPath()}.part`, bytes.subarray(0, 50_000));
  writeFileSync(`${finalPath()}.part.json`, JSON.stringify({ validator: server.etag }));
  writeFileSync(`${finalPath()}.lock`, ELSEWHERE);
}

test("a silent owner's part is continued when a hash can prove it whole", async () => {
  leaveSilentOwner();
  await downloadModel(modelOf(bytes), options());
  expect(server.asked.map(({ range }) => range)).toEqual(["bytes=50000-"]);
  expect(await folder.files()).toEqual(["ggml-toy.bin"]);
});

test("without a hash it is not: its owner may still write", async () => {
  leaveSilentOwner();
  await downloadModel({ ...modelOf(bytes, "none"), kind: "vad" }, options());
  expect(server.asked.map(({ range }) => range)).toEqual([undefined]);
  expect(readFileSync(finalPath()).equals(bytes)).toBe(true);
});

test("what a silent owner writes after all is found before the file gets its name", async () => {
  leaveSilentOwner();
  const onProgress = ({ receivedBytes }: { receivedBytes: number }) => {
    if (receivedBytes < bytes.length) return;
    // Among the bytes that were hashed long ago.
    const part = openSync(`${finalPath()}.part`, "r+");
    writeSync(part, "late", 1000);
    closeSync(part);
  };
  const running = downloadModel(modelOf(bytes), { ...options(), onProgress });
  await expect(running).rejects.toMatchObject({ code: "ERR_WHISPER_CHECKSUM_MISMATCH" });
  expect(await folder.files()).toEqual([]);
});

test("a download whose lock is taken over at its very end leaves the new owner's part alone", async () => {
  const running = downloadModel(modelOf(bytes), {
    ...options(),
    onProgress: ({ receivedBytes }) => {
      if (receivedBytes < bytes.length) return;
      writeFileSync(`${finalPath()}.lock`, ELSEWHERE);
      rmSync(`${finalPath()}.part`);
      writeFileSync(`${finalPath()}.part`, "the new owner's");
    },
  });
  await expect(running).rejects.toMatchObject({
    code: "ERR_WHISPER_DOWNLOAD_FAILED",
    message: expect.stringContaining("another process has taken over"),
  });
  expect(readFileSync(`${finalPath()}.part`, "utf8")).toBe("the new owner's");
  expect(await folder.files()).not.toContain("ggml-toy.bin");
});

test("a download whose lock was taken over stops and leaves the new owner's files alone", async () => {
  server.next.push(server.pause(60_000, () => {}));
  const running = downloadModel(modelOf(bytes), {
    ...options(),
    onProgress: ({ receivedBytes }) => {
      if (receivedBytes === 60_000) writeFileSync(`${finalPath()}.lock`, ELSEWHERE);
    },
  });
  await expect(running).rejects.toMatchObject({
    code: "ERR_WHISPER_DOWNLOAD_FAILED",
    message: expect.stringContaining("another process has taken over"),
  });
  expect(readFileSync(`${finalPath()}.lock`, "utf8")).toBe(ELSEWHERE);
  expect(readFileSync(`${finalPath()}.part`).length).toBe(60_000);
});
