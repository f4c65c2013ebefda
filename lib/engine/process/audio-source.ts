import { isAbsolute, resolve, sep } from "node:path";
import { types } from "node:util";
import { type AudioInput, prepareInput } from "../../audio/input.js";
import { checkLoadOptions, type LoadAudioOptions } from "../../audio/load-options.js";
import { collectBytes } from "../../audio/stream.js";
import { attachedView, checkPcmLength } from "../../audio/validate.js";
import type { BlobSender } from "./blob-sender.js";
import type { AudioSource } from "./protocol.js";

/** Audio on its way to a child. */
export interface OutgoingAudio {
  readonly source: AudioSource;
  /** What goes over the pipe; undefined for a path. Of the caller: it is not copied here. */
  readonly data: Float32Array | Int16Array | Uint8Array | undefined;
  /** What the child needs for decoding it. */
  readonly rest: Omit<LoadAudioOptions, "signal">;
}

/**
 * Says how an input crosses, after all checks that need no decoding.
 *
 * @throws {WhisperArgumentError} and {WhisperAudioError} as `loadAudio()`
 */
export async function audioSource(
  input: AudioInput,
  options: LoadAudioOptions,
  blobs: BlobSender,
): Promise<OutgoingAudio> {
  const { signal, maxDurationMs, maxBytes, ffmpeg, sampleRate, channels } =
    checkLoadOptions(options);
  const prepared = prepareInput(input, { sampleRate, channels }, attachedView);
  const rest = { maxDurationMs, maxBytes, ffmpeg: fromHere(ffmpeg) };
  switch (prepared.kind) {
    case "file":
      return { source: { path: absolute(prepared.path) }, data: undefined, rest };
    case "bytes":
      return { source: { blob: blobs.next(), kind: "bytes" }, data: prepared.bytes, rest };
    case "stream": {
      const data = await collectBytes(prepared.stream, { signal, maxBytes });
      return { source: { blob: blobs.next(), kind: "bytes" }, data, rest };
    }
    case "pcm": {
      const { samples: data, sampleRate: rate, channels: count } = prepared;
      checkPcmLength(data, rate, count, maxDurationMs);
      const kind = types.isFloat32Array(data) ? "f32" : "s16";
      return {
        source: { blob: blobs.next(), kind, sampleRate: rate, channels: count },
        ...{ data, rest },
      };
    }
  }
}

/** The same file from every folder. Not `resolve()`: where a/.. leads is the file system's affair, a may be a link. */
function absolute(path: string): string {
  if (process.platform === "win32") return resolve(path);
  return isAbsolute(path) ? path : `${process.cwd()}${sep}${path}`;
}

/** The child has another working directory. */
function fromHere(ffmpeg: boolean | string): boolean | string {
  const isPath = typeof ffmpeg === "string" && (ffmpeg.includes("/") || ffmpeg.includes(sep));
  return isPath ? resolve(ffmpeg) : ffmpeg;
}
