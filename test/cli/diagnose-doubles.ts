import { writeFileSync } from "node:fs";
import { PassThrough, Writable } from "node:stream";
import { Command } from "commander";
import { registerDiagnoseCommand } from "../../lib/cli/diagnose-command.js";
import type { DiagnoseTools } from "../../lib/cli/diagnose-tools.js";
import type { CliIo } from "../../lib/cli/io.js";
import type { DiagnoseOptions, DiagnosisProgress } from "../../lib/diagnose/diagnose-options.js";
import type { Diagnosis, StopReason, Verdict } from "../../lib/diagnose/diagnosis.js";

/** How a journal begins. */
export const JOURNAL_LINE = '{"kind":"steady-whisper diagnosis","of":"a double"}\n';

/** A command's streams, in memory. */
export interface FakeIo extends CliIo {
  out(): string;
  err(): string;
  readonly controller: AbortController;
}

/** @param stdout What takes the results, where that isn't memory. */
export function fakeIo(stdout?: Writable): FakeIo {
  const controller = new AbortController();
  const [out, err] = [new PassThrough(), new PassThrough()];
  const texts = { out: "", err: "" };
  out.on("data", (chunk) => {
    texts.out += chunk;
  });
  err.on("data", (chunk) => {
    texts.err += chunk;
  });
  return {
    stdin: new PassThrough(),
    stdout: stdout ?? out,
    stderr: err,
    signal: controller.signal,
    controller,
    out: () => texts.out,
    err: () => texts.err,
  };
}

/** A standard output that takes nothing, for the reason `code`. */
export function brokenStdout(code: string): Writable {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
  });
  return stream.on("error", () => {});
}

/** An experiment that writes a journal, says how far it is and ends as it is told. */
export interface Script {
  stopped?: StopReason;
  /** Of H1; all others have one. */
  verdict?: Verdict;
  jobs?: number;
  fails?: Error;
  /** Called in the midst of it. */
  meanwhile?: () => void;
}

export interface Doubles extends DiagnoseTools {
  /** What each call of `diagnose()` was given. */
  readonly calls: DiagnoseOptions[];
  readonly logs: { source: unknown; name: string | undefined }[];
}

export function doubles(script: Script = {}): Doubles {
  const { stopped = "verdicts", verdict = "refuted", jobs = 7, fails, meanwhile } = script;
  const calls: DiagnoseOptions[] = [];
  const logs: Doubles["logs"] = [];
  return {
    calls,
    logs,
    async diagnose(options) {
      calls.push(options);
      const journal = options.journal as string;
      writeFileSync(journal, JOURNAL_LINE, { flag: options.resume ? "a" : "wx" });
      if (jobs > 0) options.onProgress?.(progress({ jobs }));
      meanwhile?.();
      if (fails) throw fails;
      const measurements = Array.from({ length: jobs }, (_, seq) => ({ seq }));
      const hypotheses = [{ id: "H1", verdict, jobs }];
      return { kind: "experiment", stopped, measurements, hypotheses } as unknown as Diagnosis;
    },
    async diagnoseLog(source, { name }) {
      logs.push({ source, name });
      return { kind: "log", source: name } as never;
    },
    formatDiagnosis: async ({ kind }, format) => `${kind} as ${format}\n`,
  };
}

export function progress(of: Partial<DiagnosisProgress> = {}): DiagnosisProgress {
  return {
    phase: "measuring",
    block: 1,
    blocks: 60,
    jobs: 7,
    waited: 0,
    elapsedMs: 10_000,
    leftMs: undefined,
    interim: [],
    ...of,
  };
}

/** Runs `diagnose ...args` on doubles; rejects as the command does. */
export async function diagnose(
  args: readonly string[],
  io: CliIo,
  tools: DiagnoseTools,
): Promise<void> {
  const program = new Command().exitOverride().configureOutput({
    writeErr: (text) => void io.stderr.write(text),
  });
  registerDiagnoseCommand(program, io, async () => tools);
  await program.parseAsync(["diagnose", ...args], { from: "user" });
}
