import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { downloadModel } from "../../lib/models/index.js";
import { useFolder } from "./support/folder.js";
import { ModelServer, modelBytes, modelOf, status } from "./support/model-server.js";

const bytes = modelBytes(300_000);
const model = modelOf(bytes);
const folder = useFolder();
let server: ModelServer;
beforeEach(async () => {
  server = await ModelServer.start(bytes);
});
afterEach(() => server.stop());

const options = () => ({
  retryDelayMs: 1,
  retries: 0,
  cacheDir: folder.path,
  endpoint: server.endpoint,
  onProgress: server.cutter,
});
const finalPath = () => join(folder.path, "ggml-toy.bin");
const partPath = () => `${finalPath()}.part`;
const ranges = () => server.asked.map(({ range }) => range);

/** A call that ends after 120,000 bytes. */
async function leavePart(): Promise<void> {
  server.next.push(server.cut(120_000));
  await expect(downloadModel(model, options())).rejects.toMatchObject({
    code: "ERR_WHISPER_DOWNLOAD_FAILED",
  });
  expect(readFileSync(partPath()).length).toBe(120_000);
}

async function expectWhole(): Promise<void> {
  expect(readFileSync(finalPath()).equals(bytes)).toBe(true);
  expect(await folder.files()).toEqual(["ggml-toy.bin"]);
}

describe("after a cut", () => {
  test("the same call goes on, many times if need be", async () => {
    server.next.push(server.cut(50_000), server.cut(60_000), server.cut(70_000));
    await downloadModel(model, { ...options(), retries: 3 });
    expect(ranges()).toEqual([undefined, "bytes=50000-", "bytes=110000-", "bytes=180000-"]);
    expect(server.asked[1]?.ifRange).toBe('"one"');
    await expectWhole();
  });

  test("the next call goes on; progress starts where it left off", async () => {
    await leavePart();
    const seen: number[] = [];
    await downloadModel(model, {
      ...options(),
      onProgress: ({ receivedBytes }) => seen.push(receivedBytes),
    });
    expect(ranges()).toEqual([undefined, "bytes=120000-"]);
    expect(seen[0]).toBe(120_000);
    await expectWhole();
  });

  test.each([0, 1, 4])("attempts that brought a lot don't count: %i retries", async (retries) => {
    const large = modelBytes(7 * 2 ** 20);
    server.body = large;
    server.next.push(...Array.from({ length: 5 }, () => server.cut(1_200_000)));
    await downloadModel(modelOf(large), { ...options(), retries });
    expect(server.asked).toHaveLength(6);
  });

  test("attempts that brought a lot don't count after the last retry either", async () => {
    const large = modelBytes(3 * 2 ** 20);
    server.body = large;
    server.next.push(status(500), server.cut(1_200_000), server.cut(1_200_000));
    await downloadModel(modelOf(large), { ...options(), retries: 1 });
    expect(server.asked).toHaveLength(4);
  });

  test("attempts that brought little do, before and after one that brought a lot", async () => {
    const large = modelBytes(3 * 2 ** 20);
    server.body = large;
    server.next.push(server.cut(1000), server.cut(1_200_000), server.cut(1000));
    await expect(downloadModel(modelOf(large), { ...options(), retries: 1 })).rejects.toMatchObject(
      { code: "ERR_WHISPER_DOWNLOAD_FAILED" },
    );
    expect(server.asked).toHaveLength(3);
  });

  test("a server that always starts anew and always fails is given up", async () => {
    const large = modelBytes(3 * 2 ** 20);
    server.body = large;
    server.etag = 'W/"weak"';
    server.next.push(...Array.from({ length: 50 }, () => server.cut(2 * 2 ** 20)));
    await expect(downloadModel(modelOf(large), { ...options(), retries: 2 })).rejects.toMatchObject(
      { code: "ERR_WHISPER_DOWNLOAD_FAILED" },
    );
    expect(server.asked.length).toBeLessThan(6);
  });
});

describe("after an abort", () => {
  test("the part is kept, and the next call goes on", async () => {
    const controller = new AbortController();
    server.next.push(server.pause(80_000, () => {}));
    const running = downloadModel(model, {
      ...options(),
      signal: controller.signal,
      onProgress: ({ receivedBytes }) => {
        if (receivedBytes === 80_000) controller.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toMatchObject({
      name: "AbortError",
      code: "ERR_WHISPER_ABORTED",
      cause: expect.objectContaining({ message: "enough" }),
    });
    expect(readFileSync(partPath()).length).toBe(80_000);
    expect(existsSync(`${finalPath()}.lock`)).toBe(false);
    await downloadModel(model, options());
    expect(ranges()).toEqual([undefined, "bytes=80000-"]);
    await expectWhole();
  });

  test("a signal that is aborted already asks nobody", async () => {
    const signal = AbortSignal.abort();
    await expect(downloadModel(model, { ...options(), signal })).rejects.toMatchObject({
      code: "ERR_WHISPER_ABORTED",
    });
    expect(server.asked).toHaveLength(0);
  });

  test("ends the pause between attempts", async () => {
    server.next.push(status(500));
    const signal = AbortSignal.timeout(100);
    await expect(
      downloadModel(model, { ...options(), retries: 1, retryDelayMs: 1_000_000_000, signal }),
    ).rejects.toMatchObject({ code: "ERR_WHISPER_ABORTED" });
  });
});

describe("a part that can't be continued", () => {
  test("the server ignores Range: starts anew", async () => {
    await leavePart();
    server.next.push(server.whole);
    await downloadModel(model, options());
    expect(ranges()).toEqual([undefined, "bytes=120000-"]);
    await expectWhole();
  });

  test("another ETag: starts anew", async () => {
    server.body = modelBytes(bytes.length, 7);
    await leavePart();
    server.body = bytes;
    server.etag = '"two"';
    await downloadModel(model, options());
    expect(server.asked[1]).toMatchObject({ range: "bytes=120000-", ifRange: '"one"' });
    await expectWhole();
  });

  test("a range of another version in spite of If-Range: not glued on", async () => {
    server.body = modelBytes(bytes.length, 7);
    await leavePart();
    server.body = bytes;
    server.etag = '"two"';
    server.next.push((_request, response) => {
      response.writeHead(206, { etag: '"two"', "content-range": "bytes 120000-299999/300000" });
      response.end(bytes.subarray(120_000));
    });
    await downloadModel(model, options());
    expect(ranges()).toEqual([undefined, "bytes=120000-", undefined]);
    await expectWhole();
  });

  test("a range that starts elsewhere: not glued on", async () => {
    await leavePart();
    server.next.push((_request, response) => {
      response.writeHead(206, { etag: '"one"', "content-range": "bytes 0-299999/300000" });
      response.end(bytes);
    });
    await downloadModel(model, options());
    await expectWhole();
  });

  test("416: starts anew", async () => {
    await leavePart();
    server.next.push(status(416, { "content-range": "bytes */300000" }));
    await downloadModel(model, options());
    expect(ranges()).toEqual([undefined, "bytes=120000-", undefined]);
    await expectWhole();
  });

  test("416 without a range is an error, not a loop", async () => {
    server.next.push(...Array.from({ length: 20 }, () => status(416)));
    await expect(downloadModel(model, { ...options(), retries: 3 })).rejects.toMatchObject({
      code: "ERR_WHISPER_DOWNLOAD_FAILED",
    });
    expect(server.asked).toHaveLength(1);
  });

  test.each([
    ["no note", () => writeFileSync(`${partPath()}.json`, "{")],
    ["more bytes than the model has", () => truncateSync(partPath(), 300_001)],
    ["nothing in it", () => truncateSync(partPath(), 0)],
  ])("%s: starts anew", async (_what, damage) => {
    await leavePart();
    damage();
    await downloadModel(model, options());
    expect(ranges()).toEqual([undefined, undefined]);
    await expectWhole();
  });

  test("no strong validator: starts anew", async () => {
    server.etag = 'W/"one"';
    await leavePart();
    await downloadModel(model, options());
    expect(ranges()).toEqual([undefined, undefined]);
    await expectWhole();
  });

  test("wrong bytes in the part: found by the hash, deleted, whole the next time", async () => {
    await leavePart();
    const part = readFileSync(partPath());
    part[5]! ^= 1;
    writeFileSync(partPath(), part);
    await expect(downloadModel(model, options())).rejects.toMatchObject({
      code: "ERR_WHISPER_CHECKSUM_MISMATCH",
    });
    expect(await folder.files()).toEqual([]);
    await downloadModel(model, options());
    await expectWhole();
  });
});

test("a whole part is checked and named without asking anybody", async () => {
  await leavePart();
  writeFileSync(partPath(), bytes);
  await downloadModel(model, options());
  expect(server.asked).toHaveLength(1);
  await expectWhole();
});

test("a modification time serves where there is no ETag", async () => {
  let cut = () => {};
  const date = "Wed, 21 Oct 2015 07:28:00 GMT";
  server.next.push((_request, response) => {
    response.writeHead(200, { "last-modified": date, "content-length": bytes.length });
    response.write(bytes.subarray(0, 1000));
    cut = () => response.socket?.destroySoon();
  });
  server.next.push((_request, response) => {
    response.writeHead(206, { "content-range": "bytes 1000-299999/300000" });
    response.end(bytes.subarray(1000));
  });
  const onProgress = ({ receivedBytes }: { receivedBytes: number }) => {
    if (receivedBytes === 1000) setImmediate(cut);
  };
  await downloadModel(model, { ...options(), retries: 1, onProgress });
  expect(server.asked[1]).toMatchObject({ range: "bytes=1000-", ifRange: date });
  await expectWhole();
});
