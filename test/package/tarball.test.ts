// The package as a user gets it where no prebuilt addon fits: packed, installed into an empty folder, compiled from the
// source that it carries.

import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Packed, packed } from "./packed.js";
import { environment, Project, sample, words } from "./project.js";
import { Service } from "./service.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

let tarball: Packed;
let project: Project;

beforeAll(async () => {
  tarball = await packed();
  project = new Project();
  const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await project.install([tarball.tarball, `fastify@${devDependencies.fastify}`]);
  rmSync(join(project.installed, "prebuilds"), { recursive: true, force: true });
}, 1_800_000);
afterAll(() => project?.remove());

describe("the packed tarball, installed without an addon", () => {
  it("says what is missing and the one command that makes it", async () => {
    const { stdout } = await project.script(
      "none.mjs",
      `import { WhisperContext } from "steady-whisper";
       const error = await WhisperContext.create().catch((error) => error);
       console.log(error.code);
       console.log(error.message);`,
    );
    const [code, message] = stdout.split("\n");
    expect(code).toBe("ERR_WHISPER_ADDON_NOT_FOUND");
    expect(message).toContain("npx steady-whisper build");
    expect(message).toContain(`${process.platform}-${process.arch}`);
  });

  it("says it on the command line, too", async () => {
    const bin = join(project.folder, "node_modules/.bin/steady-whisper");
    const failed = project.run(bin, ["transcribe", sample]);
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("npx steady-whisper build"),
    });
  });

  it("is compiled by that command", async () => {
    const { stdout } = await project.run("npx", ["steady-whisper", "build", "--quiet"]);
    expect(stdout).toBe("");
    expect(readdirSync(join(project.installed, "build/Release"))).toContain("steady_whisper.node");
  }, 1_800_000);
});

describe("the packed tarball, installed and compiled", () => {
  it("is importable, and transcribes with the embedded model", async () => {
    const { stdout, stderr } = await project.script(
      "import.mjs",
      `import { WhisperContext, systemInfo, toSrt } from "steady-whisper";
       const context = await WhisperContext.create();
       const state = await context.createState();
       const result = await state.transcribe(${JSON.stringify(sample)});
       console.log(result.text);
       console.log(toSrt(result).split("\\n")[0], systemInfo().whisperVersion, systemInfo().cpuVariant);
       await context.free();`,
    );
    expect(stdout.split("\n").slice(0, 2)).toEqual([words, "1 1.9.1 native"]);
    expect(stderr).toBe("");
  });

  it("can be required where Node can require ES modules", async () => {
    const { stdout } = await project.script(
      "require.cjs",
      `const { WhisperError } = require("steady-whisper"); console.log(new WhisperError("ERR_WHISPER_FREED", "x").code);`,
    );
    expect(stdout.trim()).toBe("ERR_WHISPER_FREED");
  });

  it("has declarations that compile in a strict project, and tell mistakes", async () => {
    writeFileSync(
      join(project.folder, "consumer.mts"),
      `import { type JobReport, type Logger, type PoolJob, type PoolResult, WhisperPool } from "steady-whisper";
       declare const logger: Logger;
       await using pool = await WhisperPool.create({ slots: 2, logger, queue: { maxWaiting: undefined } });
       pool.on("job", (report: JobReport) => report.place?.memory.after?.rssBytes);
       pool.on("growth", ({ bytesPerJob }) => bytesPerJob.toFixed());
       // @ts-expect-error there is no such event
       pool.on("jobs", () => {});
       // @ts-expect-error threads are the pool's
       pool.transcribe("a.wav", { threads: 2 });
       const job: PoolJob = pool.transcribe("a.wav", { priority: 1, signal: AbortSignal.timeout(1) });
       for await (const { text } of job) text.trim();
       const { timing }: PoolResult = await job;
       const { cutOff } = await pool.drain({ timeoutMs: 5 });
       timing.queueMs.toFixed(cutOff);`,
    );
    const flags = [
      "--module",
      "NodeNext",
      "--target",
      "ES2022",
      "--lib",
      "ES2023,ESNext.Disposable",
    ];
    const strict = ["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false"];
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = await project
      .run(process.execPath, [tsc, "--noEmit", ...flags, ...strict, ...types, "consumer.mts"])
      .catch((error) => error as { stdout: string });
    expect(stdout).toBe("");
  });

  it("has a command that works", async () => {
    const bin = join(project.folder, "node_modules/.bin/steady-whisper");
    const { stdout } = await project.run(bin, ["transcribe", sample]);
    expect(stdout.trim().split(/\s+/).join(" ")).toBe(words);
  });

  it("carries what a build needs, the embedded model, licences, and nothing else large", () => {
    const listing = tarball.files;
    expect(listing).toContain("models/micro/micro-q5_0.bin");
    expect(listing).toContain("LICENSE");
    expect(listing).toContain("THIRD_PARTY_NOTICES.md");
    expect(
      listing.some((path) => path.startsWith("deps/whisper.cpp/") && path.endsWith("LICENSE")),
    ).toBe(true);
    expect(
      listing.filter((path) => /^(test|bench|native\/test|native\/fuzz)\//.test(path)),
    ).toEqual([]);
    expect(listing.filter((path) => path.endsWith(".bin"))).toEqual([
      "models/micro/micro-q5_0.bin",
    ]);
    // What `diagnose` speaks to the embedded model.
    expect(listing.filter((path) => path.endsWith(".wav")).sort()).toEqual(
      Array.from({ length: 10 }, (_, index) => `models/micro/test-audio/en-0${index}.wav`),
    );
  });

  it("has no install script", async () => {
    const { scripts } = JSON.parse(await readFile(join(project.installed, "package.json"), "utf8"));
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
  });
});

describe("embedded in an HTTP service", () => {
  const started: Service[] = [];
  const start = async () => {
    const service = await Service.start(project.folder, environment);
    started.push(service);
    return service;
  };
  afterEach(() => {
    for (const service of started.splice(0)) service.kill("SIGKILL");
  });

  const short = () => readFile(sample).then((file) => new Uint8Array(file));
  const long = () =>
    readFile(join(root, "models/micro/test-audio/long-75s.wav")).then(
      (file) => new Uint8Array(file),
    );

  it("answers with words, and with 429 beyond the queue's limit while the others complete", async () => {
    const service = await start();
    const wav = await short();
    expect(await service.transcribe(wav)).toMatchObject({ status: 200, body: { text: words } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => service.transcribe(wav)));
    const refused = answers.filter(({ status }) => status === 429);
    const served = answers.filter(({ status }) => status === 200);
    console.log(`${served.length} answers, ${refused.length} refusals`);
    expect(refused.length).toBeGreaterThan(0);
    expect(served.length).toBe(8 - refused.length);
    for (const { body, retryAfter } of refused) {
      expect([body.code, retryAfter]).toEqual(["ERR_WHISPER_QUEUE_FULL", "1"]);
    }
    for (const { body } of served) expect(body.text).toBe(words);
    const { counters } = await service.stats();
    expect(counters.refused.queueFull).toBe(refused.length);
  });

  it("ends the job of a client that goes away, running or waiting, and serves the next one", async () => {
    const service = await start();
    const controller = new AbortController();
    const leaving = [await long(), await long()].map((wav) =>
      service.transcribe(wav, controller.signal).catch((error) => error.name),
    );
    await service.until(({ counters, queue }) => counters.running === 1 && queue.waiting === 1);
    controller.abort();
    expect(await Promise.all(leaving)).toEqual(["AbortError", "AbortError"]);
    const { counters } = await service.until(({ counters }) => counters.outcomes.cancelled === 2);
    expect(counters.running).toBe(0);
    expect(await service.transcribe(await short())).toMatchObject({
      status: 200,
      body: { text: words },
    });
    expect((await service.stats()).counters.outcomes).toMatchObject({ completed: 1, failed: 0 });
  });

  it("drains on SIGTERM: who has been accepted gets an answer, then it exits with 0", async () => {
    const service = await start();
    const wav = await short();
    const accepted = [0, 1, 2].map(() => service.transcribe(wav));
    await service.until(({ counters }) => counters.accepted === 3);
    service.kill("SIGTERM");
    const answers = await Promise.all(accepted);
    expect(answers.map(({ status, body }) => [status, body.text])).toEqual(
      Array(3).fill([200, words]),
    );
    expect(await service.end()).toBe(0);
    expect(service.output.trim()).toBe("drained");
  });
});
