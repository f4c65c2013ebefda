import { stat } from "node:fs/promises";
import { WhisperAudioError } from "../errors.js";

/**
 * That there is a regular file with bytes in it. A pipe or a device would hold a native thread for as long as its
 * other end likes, where no signal could reach it: those come as streams.
 * Throws ERR_WHISPER_AUDIO_NOT_FOUND, ERR_WHISPER_AUDIO_READ or ERR_WHISPER_AUDIO_INVALID.
 */
export async function checkAudioFile(path: string): Promise<void> {
  const name = JSON.stringify(path);
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
      throw new WhisperAudioError(
        "ERR_WHISPER_AUDIO_NOT_FOUND",
        `no audio file at ${name}${addressHint(path)}`,
        { cause },
      );
    }
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_READ",
      `${name} can't be read: ${cause.message}`,
      { cause },
    );
  });
  if (found.isDirectory()) {
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_READ",
      `${name} is a folder: name the audio files in it`,
    );
  }
  if (!found.isFile()) {
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_READ",
      `${name} is a pipe or a device, not a file: pass it as a stream`,
    );
  }
  if (found.size === 0) {
    throw new WhisperAudioError("ERR_WHISPER_AUDIO_INVALID", `${name} is empty: 0 bytes`);
  }
}

function addressHint(path: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path)
    ? " (a string is a path, addresses are not fetched: pass a file: URL object, or the response's body)"
    : "";
}
