import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { WhisperContext } from "../context.js";
import type { ContextOptions } from "../context-options.js";
import { formatTranscript, type TranscriptFormat } from "../format/index.js";
import { txtLine } from "../format/txt.js";
import type { TranscribeOptions } from "../options.js";
import type { WhisperState } from "../state.js";
import type { ContextInfo, TranscribeResult } from "../types.js";
import { CommandExit, EXIT_FAILURE } from "./exit-codes.js";
import { type CliIo, failureLine, OutputError, print, StdoutError, say } from "./io.js";
import { writeFileAtomically } from "./output-file.js";
import type { FileJob } from "./outputs.js";
import { createProgress, type Progress } from "./progress.js";

/** Everything that one run of `transcribe` needs, checked. */
export interface TranscribeRun {
  jobs: FileJob[];
  format: TranscriptFormat;
  /** JSON with tokens. */
  full: boolean;
  model: string | undefined;
  context: ContextOptions;
  transcribe: TranscribeOptions;
  showProgress: boolean;
}

/**
 * Transcribes the files one after the other: one context, one state, reset in between. A file that fails gets its line
 * on stderr and doesn't stop the others; then the run ends with `CommandExit` 1.
 */
export async function transcribeFiles(run: TranscribeRun, io: CliIo): Promise<void> {
  const context = await WhisperContext.create(run.model, run.context);
  const progress = createProgress(io.stderr, run.showProgress);
  let failures = 0;
  try {
    const state = await context.createState();
    for (const [index, job] of run.jobs.entries()) {
      io.signal.throwIfAborted();
      if (index > 0) await state.reset();
      try {
        await transcribeFile(job, run, { state, info: context.info, progress, io });
      } catch (error) {
        // That nobody reads on doesn't undo the failures so far.
        if (error instanceof StdoutError && error.readerLeft && failures > 0) break;
        if (io.signal.aborted || error instanceof StdoutError) throw error;
        failures += 1;
        progress.stop();
        await say(io, failureLine(error, nameOf(job)));
      }
    }
  } finally {
    progress.stop();
    await context.free();
  }
  if (failures > 0) throw new CommandExit(EXIT_FAILURE);
}

interface Tools {
  state: WhisperState;
  info: ContextInfo;
  progress: Progress;
  io: CliIo;
}

async function transcribeFile(job: FileJob, run: TranscribeRun, tools: Tools): Promise<void> {
  const { progress, io } = tools;
  progress.start(basename(nameOf(job)));
  const transcription = tools.state.transcribe(job.input === "-" ? io.stdin : job.input, {
    ...run.transcribe,
    signal: io.signal,
    onProgress: (fraction) => progress.update(fraction),
  });
  // A failure that comes while a segment is being printed is reported once the loop gets to it.
  transcription.catch(() => {});
  const show = (text: string) => progress.aside(() => print(io, text));
  const asItComes = run.format === "txt" && job.output === undefined;
  if (asItComes) {
    for await (const segment of transcription) await show(txtLine(segment));
  }
  const result = await transcription;
  progress.update(1);
  if (asItComes) return;
  const text = formatted(result, run, tools.info);
  if (job.output === undefined) await show(text);
  else await writeOutput(job.output, text, io.signal);
}

function formatted(result: TranscribeResult, run: TranscribeRun, info: ContextInfo): string {
  const { model, device, whisperVersion, cpuFeatures } = info;
  return formatTranscript(result, run.format, {
    full: run.full,
    systemInfo: [`whisper.cpp ${whisperVersion}`, device.name, ...cpuFeatures].join(" | "),
    model: {
      type: model.type,
      multilingual: model.multilingual,
      vocab: model.vocabulary,
      audio: {
        ctx: model.audioContext,
        state: model.audioState,
        head: model.audioHeads,
        layer: model.audioLayers,
      },
      text: {
        ctx: model.textContext,
        state: model.textState,
        head: model.textHeads,
        layer: model.textLayers,
      },
      mels: model.mels,
      quantization: model.quantization,
    },
    params: {
      model: run.model ?? "micro",
      language: run.transcribe.language ?? "en",
      translate: run.transcribe.translate ?? false,
    },
  });
}

async function writeOutput(path: string, text: string, signal: AbortSignal): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomically(path, text, signal);
  } catch (error) {
    throw new OutputError(error);
  }
}

function nameOf(job: FileJob): string {
  return job.input === "-" ? "standard input" : job.input;
}
