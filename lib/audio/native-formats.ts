const FORMAT_TAG_OFFSET = 20;
const PCM = 1;
const FLOAT = 3;

/**
 * Whether native code surely decodes these bytes or refuses them for good, so that they never come to ffmpeg: FLAC, and
 * WAV with plain samples. Those are the large ones, which are worth not copying for ffmpeg. `false` is no more than
 * "can't be told from the first bytes": a tag may stand before MP3 as before AAC, a WAV file may hold any codec.
 */
export function isDecodedNatively(bytes: Uint8Array): boolean {
  if (text(bytes, 0, 4) === "fLaC") return true;
  if (text(bytes, 0, 4) !== "RIFF" || text(bytes, 8, 16) !== "WAVEfmt ") return false;
  const low = bytes[FORMAT_TAG_OFFSET];
  return bytes[FORMAT_TAG_OFFSET + 1] === 0 && (low === PCM || low === FLOAT);
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
