import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { downloadModel, type ModelInfo } from "../../lib/models/index.js";
import { until } from "../support/until.js";
import { type Child, CompiledLib } from "./support/compiled.js";
import { useFolder } from "./support/folder.js";
import { ModelServer, modelBytes, modelOf } from "./support/model-server.js";

const bytes = modelBytes(2_000_000);
const model = modelOf(bytes);
const folder = useFolder();
let lib: CompiledLib;
let server: ModelServer;
const children: Child[] = [];
beforeAll(() => {
  lib = new CompiledLib();
});
afterAll(() => lib.remove());
beforeEach(async () => {
  server = await ModelServer.start(bytes);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.process.kill("SIGKILL");
  await server.stop();
});

const DOWNLOAD = `
import { downloadModel } from "LIB/models/index.js";
const [model, cacheDir, endpoint] = process.argv.slice(2);
const options = { cacheDir, endpoint, retryDelayMs: 1, ...JSON.parse(process.argv[5] ?? "{}") };
try {
  console.log(await downloadModel(JSON.parse(model), options));
  console.error(process.resourceUsage().maxRSS);
} catch (error) {
  console.log(error.code);
}
`;

function start(info: ModelInfo, options: Record<string, unknown> = {}): Child {
  const args = [JSON.stringify(info), folder.path, server.endpoint, JSON.stringify(options)];
  const child = lib.start(DOWNLOAD, args);
  children.push(child);
  return child;
}

const finalPath = () => join(folder.path, "ggml-toy.bin");
const partBytes = () =>
  existsSync(`${finalPath()}.part`) ? statSync(`${finalPath()}.part`).size : 0;
const options = () => ({ retryDelayMs: 1, cacheDir: folder.path, endpoint: server.endpoint });

test("two calls in one process: one download, both get the file", async () => {
  const paths = await Promise.all([
    downloadModel(model, options()),
    downloadModel(model, options()),
  ]);
  expect(paths).toEqual([finalPath(), finalPath()]);
  expect(server.asked).toHaveLength(1);
  expect(await folder.files()).toEqual(["ggml-toy.bin"]);
});

test("several processes at once: one download, all get the file", async () => {
  let finish = () => {};
  server.next.push(
    server.pause(500_000, (go) => {
      finish = go;
    }),
  );
  const processes = Array.from({ length: 4 }, () => start(model));
  await until(() => partBytes() === 500_000);
  // The ones that wait show how far the one that works is.
  const seen: number[] = [];
  const waiting = downloadModel(model, {
    ...options(),
    onProgress: ({ receivedBytes }) => seen.push(receivedBytes),
  });
  await until(() => seen.includes(500_000));
  finish();
  await Promise.all([...processes.map(({ ended }) => ended), waiting]);
  expect(processes.map(({ stdout }) => stdout)).toEqual(Array(4).fill(`${finalPath()}\n`));
  expect(server.asked).toHaveLength(1);
  expect(readFileSync(finalPath()).equals(bytes)).toBe(true);
  expect(await folder.files()).toEqual(["ggml-toy.bin"]);
});

test("a process that is killed in the middle: another goes on from there", async () => {
  server.next.push(server.pause(700_000, () => {}));
  const first = start(model);
  await until(() => partBytes() === 700_000);
  first.process.kill("SIGKILL");
  expect(await first.ended).toBe("SIGKILL");
  expect(existsSync(`${finalPath()}.lock`)).toBe(true);
  const second = start(model);
  await second.ended;
  expect(second.stdout).toBe(`${finalPath()}\n`);
  expect(server.asked.map(({ range }) => range)).toEqual([undefined, "bytes=700000-"]);
  expect(readFileSync(finalPath()).equals(bytes)).toBe(true);
  expect(await folder.files()).toEqual(["ggml-toy.bin"]);
});

test("a process that fails: the one that waits tries itself", async () => {
  server.next.push(server.pause(100_000, () => {}));
  const first = start(model, { stallTimeoutMs: 2000, retries: 0 });
  await until(() => partBytes() === 100_000);
  const second = start(model);
  await Promise.all([first.ended, second.ended]);
  expect(first.stdout).toBe("ERR_WHISPER_DOWNLOAD_FAILED\n");
  expect(second.stdout).toBe(`${finalPath()}\n`);
  expect(server.asked.at(-1)?.range).toBe("bytes=100000-");
});

const THROWING = `
import { downloadModel } from "LIB/models/index.js";
const [model, cacheDir, endpoint, listen] = process.argv.slice(2);
if (listen) process.on("uncaughtException", (error) => console.log("uncaught", error.message));
const onProgress = ({ receivedBytes }) => {
  if (receivedBytes === 0) throw new TypeError("mine");
};
console.log(await downloadModel(JSON.parse(model), { cacheDir, endpoint, onProgress }));
`;

test("what onProgress throws is an uncaught exception, and the download goes on", async () => {
  const args = [JSON.stringify(model), folder.path, server.endpoint, "listen"];
  const child = lib.start(THROWING, args);
  children.push(child);
  expect(await child.ended).toBe(0);
  expect(child.stdout).toBe(`uncaught mine\n${finalPath()}\n`);
  expect(readFileSync(finalPath()).equals(bytes)).toBe(true);
  expect(await folder.files()).toEqual(["ggml-toy.bin"]);
});

test("what onProgress throws ends a process that doesn't listen", async () => {
  const child = lib.start(THROWING, [JSON.stringify(model), folder.path, server.endpoint]);
  children.push(child);
  expect(await child.ended).toBe(1);
  expect(child.stderr).toContain("TypeError: mine");
});

test("a large file passes through in pieces, what is here and what comes", async () => {
  const idle = start(model, { cacheDir: join(folder.path, "other") });
  expect(await idle.ended).toBe(0);
  const block = Buffer.alloc(2 ** 20);
  const blocks = 400;
  const hash = createHash("sha256");
  for (let i = 0; i < blocks; i++) hash.update(block);
  const sizeBytes = blocks * block.length;
  writeFileSync(`${finalPath()}.part.json`, JSON.stringify({ validator: '"big"' }));
  for (let i = 0; i < blocks / 2; i++) appendFileSync(`${finalPath()}.part`, block);
  server.next.push((_request, response) => {
    const range = `bytes ${sizeBytes / 2}-${sizeBytes - 1}/${sizeBytes}`;
    response.writeHead(206, { etag: '"big"', "content-range": range });
    Readable.from(Array(blocks / 2).fill(block)).pipe(response);
  });
  const busy = start({ ...model, sizeBytes, sha256: hash.digest("hex") });
  await busy.ended;
  expect(busy.stdout).toBe(`${finalPath()}\n`);
  expect(server.asked.at(-1)?.range).toBe(`bytes=${sizeBytes / 2}-`);
  // In kB. What a process needs for nothing differs by machine; either half would not fit into the rest.
  expect(Number(busy.stderr) - Number(idle.stderr)).toBeLessThan(150_000);
});
