import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { downloadModel } from "../../lib/models/index.js";
import { useFolder } from "./support/folder.js";
import { ModelServer, modelBytes, modelOf, silence, status } from "./support/model-server.js";

const bytes = modelBytes(300_000);
const model = modelOf(bytes);
const folder = useFolder();
let server: ModelServer;
beforeEach(async () => {
  server = await ModelServer.start(bytes);
});
afterEach(() => server.stop());

const quick = { retryDelayMs: 1, retries: 3, stallTimeoutMs: 10_000 };
const options = () => ({ ...quick, cacheDir: folder.path, endpoint: server.endpoint });
const finalPath = () => join(folder.path, "ggml-toy.bin");

describe("a fresh download", () => {
  test("brings the file, asks once, leaves nothing else behind", async () => {
    const path = await downloadModel(model, options());
    expect(path).toBe(finalPath());
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(await folder.files()).toEqual(["ggml-toy.bin"]);
    expect(server.asked).toEqual([
      { path: "/some/repository/resolve/main/ggml-toy.bin", range: undefined, ifRange: undefined },
    ]);
  });

  test("creates the folder", async () => {
    const cacheDir = join(folder.path, "deep", "er");
    expect(await downloadModel(model, { ...options(), cacheDir })).toBe(
      join(cacheDir, "ggml-toy.bin"),
    );
  });

  test("reports progress that only grows, from the first byte to the last", async () => {
    const seen: number[] = [];
    await downloadModel(model, {
      ...options(),
      onProgress: ({ receivedBytes, totalBytes }) => {
        expect(totalBytes).toBe(bytes.length);
        seen.push(receivedBytes);
      },
    });
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(bytes.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test("gives the file its name only when it is whole", async () => {
    let finish = () => {};
    const paused = new Promise<void>((resolve) => {
      server.next.push(
        server.pause(100_000, (go) => {
          finish = go;
          resolve();
        }),
      );
    });
    let received = 0;
    const done = downloadModel(model, {
      ...options(),
      onProgress: (progress) => {
        received = progress.receivedBytes;
        expect(existsSync(finalPath())).toBe(false);
      },
    });
    await paused;
    await expect.poll(() => received).toBe(100_000);
    expect(readFileSync(`${finalPath()}.part`).length).toBe(100_000);
    finish();
    await done;
    expect(readFileSync(finalPath()).equals(bytes)).toBe(true);
  });

  test("takes a SHA-1 where there is no SHA-256", async () => {
    await downloadModel(modelOf(bytes, "sha1"), options());
    const wrong = { ...modelOf(bytes, "sha1"), file: "other.bin", sha1: "0".repeat(40) };
    await expect(downloadModel(wrong, options())).rejects.toMatchObject({
      code: "ERR_WHISPER_CHECKSUM_MISMATCH",
      message: expect.stringContaining(`expected ${"0".repeat(40)}`),
    });
  });
});

describe("a file that is already there", () => {
  test("is not asked for again", async () => {
    await downloadModel(model, options());
    await downloadModel(model, options());
    expect(server.asked).toHaveLength(1);
  });

  test("is replaced when its size is wrong", async () => {
    writeFileSync(finalPath(), "half");
    await downloadModel(model, options());
    expect(readFileSync(finalPath()).equals(bytes)).toBe(true);
  });

  test("is read and replaced when verifyCached is set and its hash is wrong", async () => {
    writeFileSync(finalPath(), Buffer.alloc(bytes.length));
    await downloadModel(model, options());
    expect(server.asked).toHaveLength(0);
    await downloadModel(model, { ...options(), verifyCached: true });
    expect(readFileSync(finalPath()).equals(bytes)).toBe(true);
    await downloadModel(model, { ...options(), verifyCached: true });
    expect(server.asked).toHaveLength(1);
  });
});

describe("a wrong file", () => {
  test("wrong hash: names both, deletes the part, is not retried", async () => {
    server.body = modelBytes(bytes.length, 2);
    const failure = await downloadModel(model, options()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ERR_WHISPER_CHECKSUM_MISMATCH" });
    expect((failure as Error).message).toContain(model.sha256);
    expect((failure as Error).message).toContain(modelOf(server.body).sha256);
    expect(await folder.files()).toEqual([]);
    expect(server.asked).toHaveLength(1);
  });

  test("wrong size: refused before its first byte", async () => {
    server.body = bytes.subarray(0, 1000);
    await expect(downloadModel(model, options())).rejects.toMatchObject({
      code: "ERR_WHISPER_DOWNLOAD_FAILED",
      message: expect.stringMatching(/sends 1000 bytes .* instead of 300000/),
    });
    expect(await folder.files()).toEqual([]);
    expect(server.asked).toHaveLength(1);
  });

  test("too long, without a length: stopped at the first byte too many", async () => {
    server.next.push((_request, response) => {
      response.writeHead(200);
      response.write(bytes);
      response.end("more");
    });
    await expect(downloadModel(model, options())).rejects.toMatchObject({
      code: "ERR_WHISPER_DOWNLOAD_FAILED",
      message: expect.stringContaining("more than 300000 bytes"),
    });
    expect(await folder.files()).toEqual([]);
  });

  test("too short, without a length: a cut, so it is tried again", async () => {
    server.next.push((_request, response) => {
      response.writeHead(200);
      response.end(bytes.subarray(0, 5000));
    });
    await downloadModel(model, options());
    expect(server.asked).toHaveLength(2);
  });
});

describe("errors of the server", () => {
  test.each([404, 403, 401, 400, 410])(
    "%i is not retried; names address and status",
    async (code) => {
      server.next.push(status(code));
      await expect(downloadModel(model, options())).rejects.toMatchObject({
        name: "WhisperModelError",
        code: "ERR_WHISPER_DOWNLOAD_FAILED",
        message: expect.stringMatching(
          new RegExp(`${server.endpoint}/some/repository/resolve/main/ggml-toy.bin: HTTP ${code}`),
        ),
      });
      expect(server.asked).toHaveLength(1);
      expect(await folder.files()).toEqual([]);
    },
  );

  test.each([500, 502, 503, 429, 408])("%i is retried", async (code) => {
    server.next.push(status(code));
    await downloadModel(model, options());
    expect(server.asked).toHaveLength(2);
  });

  test("gives up after the last retry", async () => {
    server.next.push(...Array.from({ length: 20 }, () => status(500)));
    await expect(downloadModel(model, options())).rejects.toMatchObject({
      code: "ERR_WHISPER_DOWNLOAD_FAILED",
      message: expect.stringContaining("HTTP 500"),
    });
    expect(server.asked).toHaveLength(4);
  });

  test("waits at least as long as Retry-After says", async () => {
    server.next.push(status(429, { "retry-after": "1" }));
    const start = performance.now();
    await downloadModel(model, options());
    // Timers may fire a little early.
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  test("nobody listens: says so after the retries", async () => {
    const gone = options();
    await server.stop();
    await expect(downloadModel(model, gone)).rejects.toMatchObject({
      code: "ERR_WHISPER_DOWNLOAD_FAILED",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    server = await ModelServer.start(bytes);
  });
});

describe("a server that stalls", () => {
  test("before its answer: the attempt is given up and repeated", async () => {
    server.next.push(silence);
    await downloadModel(model, { ...options(), stallTimeoutMs: 100 });
    expect(server.asked).toHaveLength(2);
  });

  test("in the middle: the next attempt goes on from there", async () => {
    server.next.push(server.pause(70_000, () => {}));
    await downloadModel(model, { ...options(), stallTimeoutMs: 200 });
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, "bytes=70000-"]);
  });

  test("for ever: an error that says so", async () => {
    server.next.push(...Array.from({ length: 20 }, () => silence));
    await expect(downloadModel(model, { ...options(), stallTimeoutMs: 50 })).rejects.toMatchObject({
      code: "ERR_WHISPER_DOWNLOAD_FAILED",
      message: expect.stringContaining("no data for 50 ms"),
    });
  });

  test("a fetch that ignores its signal can't hold it up", async () => {
    const fetch = () => new Promise<Response>(() => {});
    await expect(
      downloadModel(model, { ...options(), fetch, stallTimeoutMs: 20, retries: 0 }),
    ).rejects.toMatchObject({ code: "ERR_WHISPER_DOWNLOAD_FAILED" });
  });
});
