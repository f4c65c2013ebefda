import type { Command } from "commander";
import { WhisperError } from "../errors.js";
import { formatBytes } from "../format-bytes.js";
import {
  downloadModel,
  type ListedModel,
  listModels,
  modelPath,
  resolveModel,
} from "../models/index.js";
import { CommandExit, EXIT_USAGE } from "./exit-codes.js";
import { type CliIo, failureLine, print, say } from "./io.js";
import { showProgress } from "./models-progress.js";

interface Flags {
  json?: boolean;
  cacheDir?: string;
  endpoint?: string;
}

const CACHE_FLAG = "--cache-dir <folder>";
const CACHE_HELP = "folder for models (default: $STEADY_WHISPER_CACHE, then the platform's cache)";
const ENDPOINT_FLAG = "--endpoint <url>";
const ENDPOINT_HELP = "Hugging Face or a mirror of it (default: $HF_ENDPOINT)";

/**
 * Adds `models list`, `models download NAME...` and `models path NAME` to a program.
 *
 * Results go to `io.stdout`, progress to `io.stderr`. Actions reject with the library's coded errors, for the
 * program to print, except aborts, which are printed here; a name that is not in the list is a usage error.
 */
export function registerModelsCommand(program: Command, io: CliIo): void {
  const models = program.command("models").description("list, download and find whisper models");
  models
    .command("list")
    .description("all models that can be used by name, and whether they are here")
    .option(CACHE_FLAG, CACHE_HELP)
    .option(ENDPOINT_FLAG, ENDPOINT_HELP)
    .option("--json", "as JSON, with addresses and SHA-256")
    .action((flags: Flags) => run(io, () => list(io, flags)));
  models
    .command("download")
    .description("download models into the cache and print where they are")
    .argument("<name...>", "names from `models list`")
    .option(CACHE_FLAG, CACHE_HELP)
    .option(ENDPOINT_FLAG, ENDPOINT_HELP)
    .action((names: string[], flags: Flags) => run(io, () => download(io, names, flags)));
  models
    .command("path")
    .description("print where a model is, or would be; fails if it is not there")
    .argument("<name>", "a name from `models list`")
    .option(CACHE_FLAG, CACHE_HELP)
    .action((name: string, flags: Flags) => run(io, () => path(io, name, flags)));
}

async function list(io: CliIo, flags: Flags): Promise<void> {
  const models = await listModels(flags);
  await print(io, flags.json ? `${JSON.stringify(models, null, 2)}\n` : table(models));
}

function table(models: ListedModel[]): string {
  const rows = [["NAME", "KIND", "SIZE", "STATE", "CHECK"]];
  for (const { name, kind, sizeBytes, state, check } of models) {
    rows.push([name, kind, formatBytes(sizeBytes), state, check ?? "-"]);
  }
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

async function download(io: CliIo, names: string[], flags: Flags): Promise<void> {
  // A wrong name at the end must not show up after gigabytes.
  for (const name of names) modelPath(name, flags);
  for (const name of names) {
    const progress = showProgress(name, io.stderr);
    const options = { ...pick(flags), signal: io.signal, verifyCached: true };
    let path: string;
    try {
      path = await downloadModel(name, { ...options, onProgress: progress.update });
    } finally {
      progress.stop();
    }
    await print(io, `${path}\n`);
  }
}

async function path(io: CliIo, name: string, flags: Flags): Promise<void> {
  await print(io, `${modelPath(name, flags)}\n`);
  // Rejects when the file is not there, and says how to get it.
  await resolveModel(name, flags);
}

function pick({ cacheDir, endpoint }: Flags): { cacheDir?: string; endpoint?: string } {
  return {
    ...(cacheDir === undefined ? {} : { cacheDir }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

async function run(io: CliIo, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const code = error instanceof WhisperError ? error.code : undefined;
    if (code !== "ERR_WHISPER_MODEL_UNKNOWN" && code !== "ERR_WHISPER_ABORTED") throw error;
    await say(io, failureLine(error));
    // How an abort ends is up to the program: it knows which signal it was.
    throw code === "ERR_WHISPER_ABORTED" ? error : new CommandExit(EXIT_USAGE);
  }
}
