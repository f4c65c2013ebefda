import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CliIo } from "../../lib/cli/io.js";
import { registerModelsCommand } from "../../lib/cli/models-command.js";
import { showProgress } from "../../lib/cli/models-progress.js";
import { formatBytes } from "../../lib/format-bytes.js";
import { MODELS } from "../../lib/models/registry.js";
import { until } from "../support/until.js";
import { type Child, CompiledLib } from "./support/compiled.js";
import { useFolder } from "./support/folder.js";
import { ModelServer, modelBytes, status } from "./support/model-server.js";

// The smallest model of the list: any bytes of its size get as far as the check of the hash.
const VAD = "silero-v6.2.0";
const VAD_BYTES = 885_098;
const realVad = fileURLToPath(
  new URL("../../../shared/models/for-tests-silero-v6.2.0-ggml.bin", import.meta.url),
);

const folder = useFolder();
let lib: CompiledLib;
let server: ModelServer;
const children: Child[] = [];
beforeAll(() => {
  lib = new CompiledLib();
});
afterAll(() => lib.remove());
beforeEach(async () => {
  server = await ModelServer.start(modelBytes(VAD_BYTES));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.process.kill("SIGKILL");
  await server.stop();
});

function run(...args: string[]): Child {
  const env = { STEADY_WHISPER_CACHE: folder.path, HF_ENDPOINT: server.endpoint };
  const child = lib.cli(["models", ...args], env);
  children.push(child);
  return child;
}

const vadPath = () => join(folder.path, `ggml-${VAD}.bin`);

describe("models list", () => {
  test("--json: every model, with what is needed to fetch and check it by hand", async () => {
    const child = run("list", "--json");
    expect(await child.ended).toBe(0);
    const listed = JSON.parse(child.stdout) as Record<string, unknown>[];
    expect(listed.map(({ name }) => name)).toEqual(["micro", ...MODELS.map(({ name }) => name)]);
    expect(listed[0]).toMatchObject({ name: "micro", state: "embedded", check: null, url: null });
    expect(listed.find(({ name }) => name === VAD)).toEqual({
      ...MODELS.find(({ name }) => name === VAD),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      url: `${server.endpoint}/ggml-org/whisper-vad/resolve/main/ggml-${VAD}.bin`,
      check: "sha256",
      state: "absent",
      path: vadPath(),
    });
    expect(child.stderr).toBe("");
  });

  test("a table: one line per model, with size, state and check", async () => {
    const child = run("list");
    expect(await child.ended).toBe(0);
    const lines = child.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(MODELS.length + 2);
    expect(lines[0]?.split(/\s+/)).toEqual(["NAME", "KIND", "SIZE", "STATE", "CHECK"]);
    expect(lines).toContainEqual(
      expect.stringMatching(/^base\.en +whisper +148 MB +absent +sha256$/),
    );
  });

  test("--endpoint is where the addresses lead", async () => {
    const child = run("list", "--json", "--endpoint", "https://mirror.example/hf");
    expect(await child.ended).toBe(0);
    const listed = JSON.parse(child.stdout) as { name: string; url: string }[];
    expect(listed.find(({ name }) => name === "tiny")?.url).toBe(
      "https://mirror.example/hf/ggerganov/whisper.cpp/resolve/main/ggml-tiny.bin",
    );
  });

  test("--cache-dir looks elsewhere", async () => {
    const child = run("list", "--json", "--cache-dir", join(folder.path, "other"));
    expect(await child.ended).toBe(0);
    const listed = JSON.parse(child.stdout) as { name: string; path: string }[];
    expect(listed.find(({ name }) => name === "tiny")?.path).toBe(
      join(folder.path, "other", "ggml-tiny.bin"),
    );
  });
});

describe("models download", () => {
  test("prints the path, nothing else, and needs the network once", async ({ skip }) => {
    if (!existsSync(realVad)) {
      console.warn("SKIPPED: no real VAD model beside the repository to download");
      skip("no real VAD model here");
    }
    server.body = readFileSync(realVad);
    for (let i = 0; i < 2; i++) {
      const child = run("download", VAD);
      expect(await child.ended).toBe(0);
      expect([child.stdout, child.stderr]).toEqual([`${vadPath()}\n`, ""]);
    }
    expect(server.asked).toHaveLength(1);
    expect(readFileSync(vadPath()).equals(server.body)).toBe(true);
    const found = run("path", VAD);
    expect([await found.ended, found.stdout]).toEqual([0, `${vadPath()}\n`]);
  });

  test("wrong bytes: exit code 1, one line, no file", async () => {
    const child = run("download", VAD);
    expect(await child.ended).toBe(1);
    expect(child.stdout).toBe("");
    expect(child.stderr).toMatch(/^steady-whisper: .*\[ERR_WHISPER_CHECKSUM_MISMATCH\]\n$/);
    expect(await folder.files()).toEqual([]);
  });

  test("404: exit code 1, address and status", async () => {
    server.next.push(status(404));
    const child = run("download", VAD, "--endpoint", `${server.endpoint}/mirror`);
    expect(await child.ended).toBe(1);
    expect(child.stderr).toContain(
      `${server.endpoint}/mirror/ggml-org/whisper-vad/resolve/main/ggml-${VAD}.bin: HTTP 404`,
    );
  });

  test("a connection that breaks with EPIPE: exit code 1 and its line, not a reader that left", async () => {
    const script = `
      globalThis.fetch = async () => {
        const cause = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
        throw new TypeError("fetch failed", { cause });
      };
      // No pauses between the attempts; the limit of each stays.
      const later = globalThis.setTimeout;
      globalThis.setTimeout = (run, ms, ...rest) => later(run, ms === 30_000 ? ms : 0, ...rest);
      const { runCli } = await import("LIB/cli/program.js");
      process.exitCode = await runCli(process.argv.slice(2));
    `;
    const child = lib.start(script, ["models", "download", VAD, "--cache-dir", folder.path]);
    children.push(child);
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(
      /^steady-whisper: .*write EPIPE.* \[ERR_WHISPER_DOWNLOAD_FAILED\]\n$/,
    );
  });

  test("an unknown name among others: exit code 2 before anything is asked for", async () => {
    const child = run("download", VAD, "bse.en");
    expect(await child.ended).toBe(2);
    expect(child.stderr).toContain("[ERR_WHISPER_MODEL_UNKNOWN]");
    expect(server.asked).toHaveLength(0);
  });

  test.each([
    ["no name", ["download"]],
    ["an unknown flag", ["download", VAD, "--nonsense"]],
    ["an endpoint that is none", ["download", VAD, "--endpoint", "ftp://example.com"]],
    ["a list from an endpoint that is none", ["list", "--endpoint", "ftp://example.com"]],
    ["no sub-command", []],
    ["an unknown sub-command", ["fetch"]],
  ])("%s: exit code 2", async (_what, args) => {
    expect(await run(...args).ended).toBe(2);
    expect(server.asked).toHaveLength(0);
  });

  test("Ctrl-C: exit code 130, the part is kept, no lock is left", async () => {
    server.next.push(server.pause(400_000, () => {}));
    const child = run("download", VAD);
    const part = `${vadPath()}.part`;
    await until(() => existsSync(part) && statSync(part).size === 400_000);
    child.process.kill("SIGINT");
    expect(await child.ended).toBe(130);
    expect(child.stderr).toContain("ERR_WHISPER_ABORTED");
    expect(await folder.files()).toEqual([`ggml-${VAD}.bin.part`, `ggml-${VAD}.bin.part.json`]);
  });

  test("an unwritable folder: exit code 1 and the remedy", async () => {
    const below = join(folder.path, "file", "models");
    writeFileSync(join(folder.path, "file"), "");
    const child = run("download", VAD, "--cache-dir", below);
    expect(await child.ended).toBe(1);
    expect(child.stderr).toContain(below);
    expect(child.stderr).toMatch(/--cache-dir.*\[ERR_WHISPER_CACHE_WRITE\]\n$/);
  });
});

describe("models path", () => {
  test("a model that is not there: its path, exit code 1 and the command", async () => {
    const child = run("path", "base.en");
    expect(await child.ended).toBe(1);
    expect(child.stdout).toBe(`${join(folder.path, "ggml-base.en.bin")}\n`);
    expect(child.stderr).toContain("steady-whisper models download base.en");
  });

  test("the embedded model is always there", async () => {
    const child = run("path", "micro");
    expect(await child.ended).toBe(0);
    expect(existsSync(child.stdout.trimEnd())).toBe(true);
  });

  test("an unknown name: exit code 2", async () => {
    expect(await run("path", "no-such-model").ended).toBe(2);
  });
});

describe("progress", () => {
  async function downloadWith(isTTY: boolean): Promise<string> {
    const terminal = Object.assign(new PassThrough(), { isTTY, columns: 120 });
    let seen = "";
    terminal.on("data", (data) => {
      seen += data;
    });
    const stdout = new PassThrough().resume();
    const { signal } = new AbortController();
    const io: CliIo = { stdin: new PassThrough(), stdout, stderr: terminal, signal };
    const program = new Command().exitOverride();
    registerModelsCommand(program, io);
    const args = ["models", "download", VAD, "--endpoint", server.endpoint];
    await expect(
      program.parseAsync([...args, "--cache-dir", folder.path], { from: "user" }),
    ).rejects.toMatchObject({ code: "ERR_WHISPER_CHECKSUM_MISMATCH" });
    return seen;
  }

  test("a bar on a terminal", async () => {
    const seen = await downloadWith(true);
    expect(seen).toContain(`${VAD} [`);
    expect(seen).toContain("885 kB of 885 kB");
  });

  test("nothing on anything else", async () => {
    expect(await downloadWith(false)).toBe("");
  });

  test("stop() without any progress is quiet", () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true });
    showProgress("x", stream).stop();
    expect(stream.read()).toBe(null);
  });

  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [99_949, "99.9 kB"],
    [99_950, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [3_095_033_483, "3.1 GB"],
  ])("%i bytes are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
