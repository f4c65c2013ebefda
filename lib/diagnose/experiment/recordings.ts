import { WHISPER_SAMPLE_RATE } from "../../audio/validate.js";
import { WhisperAudioError } from "../../errors.js";
import { audioFiles, type Recording, readRecording } from "./audio-files.js";

/** What was read of the audio that was given. */
export interface Recordings {
  readonly recordings: readonly Recording[];
  /** Files of folders that aren't audio. */
  readonly skipped: number;
}

/** All clips together take less; what comes after it isn't read. In s. */
const ENOUGH_SECONDS = 300;

/** So much of a recording, in s: an hour of one voice makes the clips no better than some minutes of several. */
const MOST_SECONDS_EACH = 120;

/**
 * Reads recordings, in the order in which they are given, until there is enough.
 *
 * @throws {WhisperAudioError} as `loadAudio()` for a file that is named; `ERR_WHISPER_AUDIO_NOT_FOUND` if there is none in
 *   the folders that are
 */
export async function readRecordings(
  given: readonly string[],
  signal: AbortSignal,
): Promise<Recordings> {
  const recordings: Recording[] = [];
  let samples = 0;
  let skipped = 0;
  for (const file of await audioFiles(given)) {
    if (samples >= ENOUGH_SECONDS * WHISPER_SAMPLE_RATE) break;
    const recording = await readRecording(file, signal);
    if (recording === undefined) {
      skipped += 1;
      continue;
    }
    const start = recording.samples.slice(0, MOST_SECONDS_EACH * WHISPER_SAMPLE_RATE);
    recordings.push({ ...recording, samples: start });
    samples += start.length;
  }
  if (recordings.length > 0) return { recordings, skipped };
  throw new WhisperAudioError(
    "ERR_WHISPER_AUDIO_NOT_FOUND",
    `there is no audio in ${given.map((path) => JSON.stringify(path)).join(", ")} (${skipped} files are something else)`,
  );
}
