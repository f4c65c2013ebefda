import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WhisperError } from "../../lib/errors.js";
import { temporaryFolder } from "./cli.js";
import { brokenStdout, diagnose, doubles, fakeIo, JOURNAL_LINE } from "./diagnose-doubles.js";

const JOURNAL = "steady-whisper-diagnosis.jsonl";

describe("results", () => {
  it("go to stdout and to each file, in the format of its name", async () => {
    const folder = join(temporaryFolder(), "made", "for it");
    const names = ["a.html", "b.md", "c.json", "d.txt", "e.HTM"];
    const io = fakeIo();
    await diagnose(
      names.flatMap((name) => ["--report", join(folder, name)]),
      io,
      doubles(),
    );
    expect(io.out()).toBe("experiment as text\n");
    const written = names.map((name) => readFileSync(join(folder, name), "utf8").trim());
    expect(written.map((text) => text.replace("experiment as ", ""))).toEqual([
      ...["html", "markdown", "json", "text", "html"],
    ]);
    expect(readdirSync(folder).sort()).toEqual([...names].sort());
  });

  it("are JSON on stdout with --json", async () => {
    const io = fakeIo();
    const report = join(temporaryFolder(), "a.md");
    await diagnose(["--json", "--report", report], io, doubles());
    expect(io.out()).toBe("experiment as json\n");
    expect(readFileSync(report, "utf8")).toBe("experiment as markdown\n");
  });

  it("replace what was in a file", async () => {
    const report = join(temporaryFolder(), "a.md");
    writeFileSync(report, "old");
    await diagnose(["--report", report], fakeIo(), doubles());
    expect(readFileSync(report, "utf8")).toBe("experiment as markdown\n");
  });
});

describe("options", () => {
  it("reach the library under its names", async () => {
    const tools = doubles();
    const line =
      "-m base.en -a calls more.wav --max-blocks 20 --time-limit 1.5 --compare-with x.node --seed 7 -t 1 " +
      "-l de --backend cpu --device 0 --no-flash-attention --beam-size 2 --prompt Hi --carry-prompt --translate";
    const report = join(temporaryFolder(), "r.md");
    await diagnose([...line.split(" "), "--no-fallback", "--report", report], fakeIo(), tools);
    const { journal, signal, onProgress, resume, ...rest } = tools.calls[0] ?? {};
    expect(rest).toEqual({
      model: "base.en",
      audio: ["calls", "more.wav"],
      blocks: undefined,
      maxBlocks: 20,
      timeLimitMinutes: 1.5,
      compareWith: "x.node",
      seed: 7,
      threads: 1,
      backend: "cpu",
      device: 0,
      flashAttention: false,
      options: {
        language: "de",
        strategy: "beam",
        beamSize: 2,
        prompt: "Hi",
        carryPrompt: true,
        translate: true,
        temperatureIncrement: 0,
      },
    });
    expect(resume).toBe(false);
  });

  it("a log is read by its name, standard input as a stream", async () => {
    const tools = doubles();
    const io = fakeIo();
    await diagnose(["--from-log", "worker.log"], io, tools);
    await diagnose(["--from-log", "-"], io, tools);
    expect(tools.calls).toEqual([]);
    expect(tools.logs).toEqual([
      { source: "worker.log", name: undefined },
      { source: io.stdin, name: "standard input" },
    ]);
    expect(io.out()).toBe("log as text\nlog as text\n");
  });
});

describe("the journal", () => {
  const inFolder = () => {
    const folder = temporaryFolder();
    const args = ["--report", join(folder, "r.md")];
    return { folder, args, journal: join(folder, JOURNAL) };
  };

  it("lies beside the first report, and is gone when there are all verdicts", async () => {
    const { args, journal } = inFolder();
    let existed = false;
    const tools = doubles({ meanwhile: () => (existed = existsSync(journal)) });
    await diagnose(args, fakeIo(), tools);
    expect(existed).toBe(true);
    expect(existsSync(journal)).toBe(false);
  });

  it("stays when it was named", async () => {
    const { args, folder } = inFolder();
    const journal = join(folder, "mine.jsonl");
    await diagnose([...args, "--journal", journal], fakeIo(), doubles());
    expect(existsSync(journal)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["mine.jsonl", "r.md"]);
  });

  it.each([
    { stopped: "interrupted", verdict: "refuted" },
    { stopped: "time", verdict: "undetermined" },
    { stopped: "blocks", verdict: "undetermined" },
  ] as const)("stays and is named, as more can be added to it: %j", async (script) => {
    const { args, journal, folder } = inFolder();
    const io = fakeIo();
    const ended = await diagnose(args, io, doubles(script)).catch((error) => error.exitCode);
    expect(ended).toBe(script.stopped === "interrupted" ? 130 : undefined);
    expect(io.out()).toBe("experiment as text\n");
    expect(existsSync(join(folder, "r.md"))).toBe(true);
    expect(existsSync(journal)).toBe(true);
    expect(io.err()).toMatch(/What was measured is in .*diagnosis\.jsonl": --resume goes on/);
  });

  it("of another run is neither used nor replaced unasked", async () => {
    const { args, journal } = inFolder();
    writeFileSync(journal, JOURNAL_LINE);
    const [io, tools] = [fakeIo(), doubles()];
    await expect(diagnose(args, io, tools)).rejects.toMatchObject({ name: "CommanderError" });
    expect(io.err()).toMatch(/--resume goes on, --fresh begins anew/);
    expect(tools.calls).toEqual([]);
    expect(readFileSync(journal, "utf8")).toBe(JOURNAL_LINE);
  });

  it("is never another file of the user's, whatever the flags", async () => {
    const { args, folder } = inFolder();
    const notes = join(folder, "notes.txt");
    writeFileSync(notes, "precious, without an end of line");
    for (const flag of ["--fresh", "--resume", "--quiet"]) {
      const [io, tools] = [fakeIo(), doubles()];
      const run = diagnose([...args, "--journal", notes, flag], io, tools);
      await expect(run).rejects.toMatchObject({ name: "CommanderError" });
      expect(io.err()).toMatch(/notes\.txt" is something else, which is left alone/);
      expect(tools.calls).toEqual([]);
    }
    expect(readFileSync(notes, "utf8")).toBe("precious, without an end of line");
  });

  it("is gone on with, or replaced, when asked", async () => {
    const { args, journal } = inFolder();
    for (const [flag, resume] of [
      ["--resume", true],
      ["--fresh", false],
    ] as const) {
      writeFileSync(journal, `${JOURNAL_LINE}of before\n`);
      const tools = doubles({ verdict: "undetermined" });
      await diagnose([...args, flag], fakeIo(), tools);
      expect(tools.calls[0]).toMatchObject({ journal, resume });
      expect(readFileSync(journal, "utf8").includes("of before")).toBe(resume);
    }
  });

  it("of an interruption before the first job is gone, and older reports are kept", async () => {
    const { args, journal, folder } = inFolder();
    writeFileSync(join(folder, "r.md"), "older");
    const io = fakeIo();
    const tools = doubles({ stopped: "interrupted", jobs: 0 });
    await expect(diagnose(args, io, tools)).rejects.toMatchObject({ exitCode: 130 });
    expect(io.out()).toBe("");
    expect(io.err()).toMatch(/before anything was measured/);
    expect(existsSync(journal)).toBe(false);
    expect(readFileSync(join(folder, "r.md"), "utf8")).toBe("older");
  });

  it("of another run that began at the same time isn't removed", async () => {
    const { args, journal } = inFolder();
    const fails = new WhisperError("ERR_WHISPER_INVALID_ARG", "the journal is there");
    const tools = doubles({ fails, jobs: 0 });
    await expect(diagnose(args, fakeIo(), tools)).rejects.toBe(fails);
    expect(existsSync(journal)).toBe(true);
  });

  it("stays when the run fails in its midst, and is gone when it fails at once", async () => {
    const fails = new WhisperError("ERR_WHISPER_ENGINE_CRASHED", "the engine died");
    for (const jobs of [9, 0]) {
      const { args, journal } = inFolder();
      const io = fakeIo();
      await expect(diagnose(args, io, doubles({ fails, jobs }))).rejects.toBe(fails);
      expect(existsSync(journal)).toBe(jobs > 0);
      expect(/--resume goes on/.test(io.err())).toBe(jobs > 0);
    }
  });
});

describe("a result that can't be written", () => {
  it("is found before anything is measured", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "folder.md"));
    for (const report of [join(folder, "file", "r.md"), join(folder, "folder.md")]) {
      const tools = doubles();
      await expect(diagnose(["--report", report], fakeIo(), tools)).rejects.toMatchObject({
        name: "OutputError",
        message: expect.stringMatching(/could not be written/),
      });
      expect(tools.calls).toEqual([]);
    }
    expect(readdirSync(folder).sort()).toEqual(["file", "folder.md"]);
  });

  it("costs neither the other results nor the journal", async () => {
    const [here, gone] = [temporaryFolder(), temporaryFolder()];
    const tools = doubles({ meanwhile: () => rmSync(gone, { recursive: true }) });
    const io = fakeIo();
    const names = [join(here, "a.md"), join(gone, "b.html"), join(here, "c.json")];
    const args = names.flatMap((name) => ["--report", name]);
    await expect(diagnose(args, io, tools)).rejects.toMatchObject({ exitCode: 1 });
    expect(io.out()).toBe("experiment as text\n");
    expect(io.err()).toMatch(/b\.html: the result could not be written: .*\[ENOENT\]\n/);
    expect(readdirSync(here).sort()).toEqual(["a.md", "c.json", JOURNAL]);
  });

  it("on stdout leaves the files, and the journal where there is none", async () => {
    for (const [code, report] of [
      ["EPIPE", true],
      ["EPIPE", false],
      ["ENOSPC", true],
    ] as const) {
      const folder = temporaryFolder();
      const journal = join(folder, "j.jsonl");
      const io = fakeIo(brokenStdout(code));
      const args = report ? ["--report", join(folder, "a.md")] : ["--journal", journal];
      await expect(diagnose(args, io, doubles())).rejects.toMatchObject({
        name: "StdoutError",
        code,
      });
      const left = readdirSync(folder).sort();
      expect(left).toEqual(!report ? ["j.jsonl"] : code === "EPIPE" ? ["a.md"] : ["a.md", JOURNAL]);
      expect(/--resume/.test(io.err())).toBe(left.some((name) => name.endsWith("jsonl")));
    }
  });

  it("after Ctrl-C is still exit code 130, and is said", async () => {
    const io = fakeIo(brokenStdout("ENOSPC"));
    const report = join(temporaryFolder(), "a.md");
    const run = diagnose(["--report", report], io, doubles({ stopped: "interrupted" }));
    await expect(run).rejects.toMatchObject({ exitCode: 130 });
    expect(io.err()).toMatch(/could not be written.*\[ENOSPC\]/);
    expect(existsSync(report)).toBe(true);
  });
});

describe("a signal", () => {
  it("reaches the experiment, and is answered at once", async () => {
    const io = fakeIo();
    const tools = doubles({
      stopped: "interrupted",
      meanwhile: () => io.controller.abort("SIGTERM"),
    });
    const report = join(temporaryFolder(), "a.md");
    const run = diagnose(["--report", report], io, tools);
    await expect(run).rejects.toMatchObject({ exitCode: 143 });
    expect(tools.calls[0]?.signal?.aborted).toBe(true);
    expect(io.err()).toMatch(/Ending after the job under way; once more ends at once\.\n/);
    expect(readFileSync(report, "utf8")).toBe("experiment as markdown\n");
  });
});
