import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { loadAudio } from "../../audio/decode.js";
import { WhisperAudioError } from "../../errors.js";
import { embeddedModelPath } from "../../models/cache.js";

/** A file that audio may be read from. `listed`: found in a folder, so it needn't be audio. */
export interface AudioFile {
  readonly path: string;
  readonly name: string;
  readonly listed: boolean;
}

/** Audio, decoded: mono at 16 kHz. */
export interface Recording {
  readonly name: string;
  readonly samples: Float32Array;
}

/** Codes of files that aren't audio, or none that can be decoded here. */
const NOT_AUDIO = new Set(["ERR_WHISPER_AUDIO_UNSUPPORTED", "ERR_WHISPER_AUDIO_INVALID"]);

/** Speech that comes with this package, for its embedded model. */
export function embeddedSamples(): string[] {
  const folder = join(dirname(embeddedModelPath()), "test-audio");
  return Array.from({ length: 10 }, (_, index) => join(folder, `en-0${index}.wav`));
}

/**
 * The files that are given, and those that lie in the folders that are, by name, without hidden ones and those of their
 * folders.
 *
 * @throws {WhisperAudioError} `ERR_WHISPER_AUDIO_NOT_FOUND`, `ERR_WHISPER_AUDIO_READ`
 */
export async function audioFiles(given: readonly string[]): Promise<AudioFile[]> {
  const files = await Promise.all(
    given.map(async (path) => {
      const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
      return isFolder ? filesIn(path) : [{ path, name: basename(path), listed: false }];
    }),
  );
  return files.flat();
}

async function filesIn(folder: string): Promise<AudioFile[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => ({ path: join(folder, name), name, listed: true }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_READ",
      `the folder ${JSON.stringify(folder)} can't be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * Decodes a file. Undefined: it was found in a folder, and is no audio.
 *
 * @throws {WhisperAudioError} as `loadAudio()`
 */
export async function readRecording(
  { path, name, listed }: AudioFile,
  signal: AbortSignal,
): Promise<Recording | undefined> {
  try {
    return { name, samples: await loadAudio(path, { signal }) };
  } catch (error) {
    if (listed && NOT_AUDIO.has((error as { code?: string }).code ?? "")) return undefined;
    throw error;
  }
}
