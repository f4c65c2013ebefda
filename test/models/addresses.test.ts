import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WhisperModelError } from "../../lib/errors.js";
import { modelUrl } from "../../lib/models/endpoint.js";
import { downloadModel } from "../../lib/models/index.js";
import { micro } from "../support/micro.js";
import { useFolder } from "./support/folder.js";
import { type Behaviour, ModelServer, modelBytes, modelOf } from "./support/model-server.js";

const bytes = modelBytes(100_000);
const model = modelOf(bytes);
const folder = useFolder();
let server: ModelServer;
beforeEach(async () => {
  server = await ModelServer.start(bytes);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

const options = () => ({ retryDelayMs: 1, retries: 2, cacheDir: folder.path });

describe("the endpoint", () => {
  test("HF_ENDPOINT names a mirror, with a path and a slash at its end", async () => {
    vi.stubEnv("HF_ENDPOINT", `${server.endpoint}/mirror/hf/`);
    await downloadModel(model, options());
    expect(server.asked[0]?.path).toBe("/mirror/hf/some/repository/resolve/main/ggml-toy.bin");
  });

  test.each([
    ["https://mirror.example", "https://mirror.example/"],
    ["https://mirror.example/", "https://mirror.example/"],
    ["https://mirror.example//", "https://mirror.example/"],
    ["https://mirror.example/hf", "https://mirror.example/hf/"],
    ["https://mirror.example/hf///", "https://mirror.example/hf/"],
    ["https://mirror.example//hf", "https://mirror.example//hf/"],
    ["https://mirror.example//hf//", "https://mirror.example//hf/"],
    ["https://mirror.example/a//b/", "https://mirror.example/a//b/"],
    ["http://mirror.example:8080/a b", "http://mirror.example:8080/a%20b/"],
  ])("%s leads below %s", (endpoint, base) => {
    expect(modelUrl(model, endpoint).href).toBe(`${base}some/repository/resolve/main/ggml-toy.bin`);
  });

  test("two slashes at the beginning of its path name no other host", async () => {
    await downloadModel(model, { ...options(), endpoint: `${server.endpoint}//hf` });
    expect(server.asked[0]?.path).toBe("//hf/some/repository/resolve/main/ggml-toy.bin");
  });

  test("the option comes before HF_ENDPOINT", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
    await downloadModel(model, { ...options(), endpoint: server.endpoint });
    expect(server.asked).toHaveLength(1);
  });

  test("Hugging Face is the default", async () => {
    vi.stubEnv("HF_ENDPOINT", "");
    const asked: string[] = [];
    const fetch = (async (url: URL) => {
      asked.push(url.href);
      return new Response(bytes);
    }) as typeof globalThis.fetch;
    await downloadModel(model, { ...options(), fetch });
    expect(asked).toEqual(["https://huggingface.co/some/repository/resolve/main/ggml-toy.bin"]);
  });

  test.each([
    "ftp://example.com",
    "file:///etc",
    "example.com",
    "",
    "https://example.com/?token=1",
    "javascript:alert(1)",
  ])("refuses %j", async (endpoint) => {
    await expect(downloadModel(model, { ...options(), endpoint })).rejects.toMatchObject({
      code: "ERR_WHISPER_INVALID_ARG",
      argument: "endpoint",
    });
  });

  test("refuses a password, and doesn't repeat it", async () => {
    vi.stubEnv("HF_ENDPOINT", "https://user:hunter2@example.com");
    const failure = await downloadModel(model, options()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ERR_WHISPER_INVALID_ARG", argument: "HF_ENDPOINT" });
    expect(JSON.stringify([failure, (failure as Error).message])).not.toContain("hunter2");
  });
});

describe("redirects", () => {
  const redirect = (location: string): Behaviour => {
    return (_request, response) => {
      response.writeHead(302, { location }).end("elsewhere");
    };
  };

  test("are followed, with the range", async () => {
    const { endpoint, cutter } = server;
    server.next.push(redirect("/cdn?signed=1"), server.cut(30_000), redirect("/cdn?signed=2"));
    await downloadModel(model, { ...options(), endpoint, onProgress: cutter });
    expect(server.asked.map(({ path, range }) => [path, range])).toEqual([
      ["/some/repository/resolve/main/ggml-toy.bin", undefined],
      ["/cdn?signed=1", undefined],
      ["/some/repository/resolve/main/ggml-toy.bin", "bytes=30000-"],
      ["/cdn?signed=2", "bytes=30000-"],
    ]);
  });

  test.each(["ftp://example.com/file", "file:///etc/passwd", "data:,hello", "http://["])(
    "to %s are refused and not retried",
    async (location) => {
      server.next.push(redirect(location));
      await expect(
        downloadModel(model, { ...options(), endpoint: server.endpoint }),
      ).rejects.toMatchObject({
        code: "ERR_WHISPER_DOWNLOAD_FAILED",
        message: expect.stringContaining("refused a redirect"),
      });
      expect(server.asked).toHaveLength(1);
    },
  );

  test("from https to http are refused; the signed address stays out of the message", async () => {
    const fetch = (async () =>
      new Response(null, {
        status: 302,
        headers: { location: "http://example.com/?key=secret" },
      })) as typeof globalThis.fetch;
    const failure = await downloadModel(model, {
      ...options(),
      endpoint: "https://example.com",
      fetch,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ERR_WHISPER_DOWNLOAD_FAILED" });
    expect((failure as Error).message).toContain("to http://example.com");
    expect((failure as Error).message).not.toContain("secret");
  });

  test("in a circle come to an end", async () => {
    server.next.push(...Array.from({ length: 50 }, () => redirect("/round")));
    await expect(
      downloadModel(model, { ...options(), endpoint: server.endpoint }),
    ).rejects.toMatchObject({ message: expect.stringContaining("redirects") });
    expect(server.asked).toHaveLength(9);
  });
});

describe("a server that compresses", () => {
  test("is asked not to", async () => {
    let encoding: string | undefined;
    server.next.push((request, response) => {
      encoding = request.headers["accept-encoding"] as string;
      server.serve(request, response);
    });
    await downloadModel(model, { ...options(), endpoint: server.endpoint });
    expect(encoding).toBe("identity");
  });

  test("all the same: the unpacked bytes count, and a part of them is not continued", async () => {
    const packed = gzipSync(bytes);
    server.next.push((_request, response) => {
      const headers = { etag: '"one"', "content-encoding": "gzip" };
      response.writeHead(200, { ...headers, "content-length": packed.length });
      response.write(packed.subarray(0, packed.length / 2), () => response.socket?.destroySoon());
    });
    server.next.push((_request, response) => {
      const headers = { etag: '"one"', "content-encoding": "gzip" };
      response.writeHead(200, { ...headers, "content-length": packed.length }).end(packed);
    });
    await downloadModel(model, { ...options(), endpoint: server.endpoint });
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, undefined]);
    expect(readFileSync(join(folder.path, "ggml-toy.bin")).equals(bytes)).toBe(true);
  });
});

describe("a model without a known hash", () => {
  const unknown = () => modelOf(server.body, "none");
  const here = () => ({ ...options(), endpoint: server.endpoint });

  const real = readFileSync(micro.q5_0);
  const html = Buffer.from("<html>sign in, please</html>");
  const onlyMagic = Buffer.alloc(100_000);
  onlyMagic.set(real.subarray(0, 4));

  test("is taken when it is a whole whisper model", async () => {
    server.body = real;
    await downloadModel(unknown(), here());
    expect(readFileSync(join(folder.path, "ggml-toy.bin")).equals(real)).toBe(true);
    expect(await folder.files()).toEqual(["ggml-toy.bin"]);
  });

  test.each([
    ["another kind of file", html],
    ["a model's first bytes, and zeros", onlyMagic],
    ["a model that lacks its last byte", real.subarray(0, -1)],
    ["a model with a byte too many", Buffer.concat([real, Buffer.alloc(1)])],
  ])("is refused and deleted when it is %s", async (_what, body) => {
    server.body = body;
    await expect(downloadModel(unknown(), here())).rejects.toMatchObject({
      name: "WhisperModelError",
      code: "ERR_WHISPER_MODEL_INVALID",
      message: expect.stringContaining("what was downloaded as toy is not a whole model"),
    });
    expect(await folder.files()).toEqual([]);
  });

  test("for voice activity detection: size and first bytes decide", async () => {
    const vad = () => ({ ...unknown(), kind: "vad" as const });
    await downloadModel(vad(), here());
    expect(readFileSync(join(folder.path, "ggml-toy.bin")).equals(bytes)).toBe(true);
    server.body = html;
    await expect(downloadModel(vad(), here())).rejects.toMatchObject({
      code: "ERR_WHISPER_MODEL_INVALID",
      message: expect.stringContaining("3c68746d"),
    });
  });

  test("is kept when the check could not be made", async () => {
    const unreadable = new WhisperModelError("ERR_WHISPER_MODEL_READ", "no");
    const verifyStructure = () => Promise.reject(unreadable);
    await expect(downloadModel(unknown(), { ...here(), verifyStructure })).rejects.toBe(unreadable);
    await downloadModel(unknown(), { ...here(), verifyStructure: () => {} });
    expect(server.asked).toHaveLength(1);
  });

  test("goes to the caller's check before it gets its name", async () => {
    const seen: string[] = [];
    const verifyStructure = async (path: string) => {
      seen.push(createHash("sha256").update(readFileSync(path)).digest("hex"));
      expect(await folder.files()).not.toContain("ggml-toy.bin");
      throw new Error("tensor 7 is missing");
    };
    await expect(downloadModel(unknown(), { ...here(), verifyStructure })).rejects.toMatchObject({
      code: "ERR_WHISPER_MODEL_INVALID",
      message: expect.stringContaining("tensor 7 is missing"),
    });
    expect(seen).toEqual([model.sha256]);
    expect(await folder.files()).toEqual([]);
  });
});

describe("arguments", () => {
  test.each([
    ["model.file", { file: "../../evil" }],
    ["model.file", { file: ".hidden" }],
    ["model.repository", { repository: "a/b/../../c" }],
    ["model.repository", { repository: "../x" }],
    ["model.sha256", { sha256: "ABC" }],
    ["model.kind", { kind: "other" }],
    ["model.sizeBytes", { sizeBytes: 0 }],
    ["model.sizeBytes", { sizeBytes: 1.5 }],
  ])("%s: refuses %j", async (argument, change) => {
    const bad = { ...model, ...change } as typeof model;
    await expect(
      downloadModel(bad, { ...options(), endpoint: server.endpoint }),
    ).rejects.toMatchObject({ code: "ERR_WHISPER_INVALID_ARG", argument });
    expect(server.asked).toHaveLength(0);
  });

  test.each([
    ["retries", -1],
    ["retries", Number.NaN],
    ["retryDelayMs", 2 ** 31],
    ["stallTimeoutMs", 0],
    ["signal", {}],
    ["onProgress", 1],
    ["fetch", "curl"],
    ["verifyStructure", null],
    ["verifyCached", "yes"],
    ["cacheDir", ""],
  ])("%s: refuses %j", async (argument, value) => {
    await expect(
      downloadModel(model, { ...options(), endpoint: server.endpoint, [argument]: value }),
    ).rejects.toMatchObject({ code: "ERR_WHISPER_INVALID_ARG", argument });
  });

  test.each(["nothing-like-this", "../tiny", "", "__proto__", null, 7])(
    "refuses %j as a name",
    async (name) => {
      await expect(downloadModel(name as string, options())).rejects.toMatchObject({
        code: "ERR_WHISPER_MODEL_UNKNOWN",
      });
    },
  );
});
