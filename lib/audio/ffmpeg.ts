import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { WhisperAudioError } from "../errors.js";
import { throwIfAborted } from "./abort.js";
import { type FfmpegLimits, runFfmpeg } from "./ffmpeg-run.js";
import { needsSeeking } from "./seekable.js";

/** What ffmpeg is asked to decode: a file, or the bytes of one. `name` is for messages. */
export type FfmpegSource = { name: string } & ({ path: string } | { bytes: Uint8Array });

/**
 * Containers that hold their own sound. Playlists and lists (HLS, DASH, concat, SDP, image sequences) are left out:
 * they name other files, and a file from a stranger must not choose which of this machine's files are read.
 */
const SELF_CONTAINED_FORMATS = [
  "3dostr,aac,aax,ac3,aiff,amr,amrnb,amrwb,apc,ape,aptx,asf,au,avi,avr,bit,caf,codec2,daud,dsf,dss,dts,dtshd",
  "dv,eac3,flac,flv,g722,g723_1,g729,gsm,gxf,iff,ircam,ivr,kux,live_flv,loas,lxf,matroska,mlp,mmf,mov,mp3,mpc",
  "mpc8,mpeg,mpegts,mxf,nistsphere,nsv,nut,nuv,ogg,oma,paf,pva,pvf,qcp,r3d,rl2,rm,rso,sbc,sds,shn,sln,smjpeg",
  "sol,sox,swf,tak,truehd,tta,ty,voc,vqf,w64,wav,wsd,wtv,wv,wve,xa,xwma",
].join(",");

/**
 * Any format that ffmpeg reads, to mono 16 kHz float32. `executable` is the path of ffmpeg: see `findFfmpeg()`.
 * Throws ERR_WHISPER_AUDIO_INVALID (ffmpeg failed: its last words are in the message), ERR_WHISPER_AUDIO_READ (it
 * could not be started, or hung), ERR_WHISPER_AUDIO_TOO_LONG, ERR_WHISPER_ABORTED.
 */
export async function decodeWithFfmpeg(
  executable: string,
  source: FfmpegSource,
  limits: FfmpegLimits,
): Promise<Float32Array> {
  const { name } = source;
  if ("path" in source) return run(executable, { url: fileUrl(source.path), name }, limits);
  if (!needsSeeking(source.bytes)) {
    return run(executable, { url: "pipe:0", stdin: source.bytes, name }, limits);
  }
  return withPrivateFile(source.bytes, limits.signal, (path) =>
    run(executable, { url: fileUrl(path), name }, limits),
  );
}

function run(
  executable: string,
  input: Parameters<typeof runFfmpeg>[2],
  limits: FfmpegLimits,
): Promise<Float32Array> {
  // An absolute path behind "file:" is never an option, another protocol or a pattern, whatever characters it holds.
  const args = [
    ...["-nostdin", "-hide_banner", "-loglevel", "error"],
    ...["-protocol_whitelist", "file,pipe", "-format_whitelist", SELF_CONTAINED_FORMATS],
    ...["-i", input.url, "-vn", "-sn", "-dn", "-ac", "1", "-ar", "16000", "-f", "f32le", "pipe:1"],
  ];
  return runFfmpeg(executable, args, input, limits);
}

function fileUrl(path: string): string {
  return `file:${resolve(path)}`;
}

const privateFolders = new Set<string>();

/** Gives `use` a file with these bytes that only this user can read, in a folder of its own, and removes both. */
async function withPrivateFile<Result>(
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "steady-whisper-")).catch(notWritten); // mode 0700
  if (privateFolders.size === 0) process.on("exit", removePrivateFolders);
  privateFolders.add(folder);
  try {
    const path = join(folder, "audio");
    await writeFile(path, bytes, { flag: "wx", mode: 0o600, signal }).catch((cause) => {
      throwIfAborted(signal);
      notWritten(cause);
    });
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
    privateFolders.delete(folder);
    if (privateFolders.size === 0) process.off("exit", removePrivateFolders);
  }
}

function notWritten(cause: unknown): never {
  throw new WhisperAudioError(
    "ERR_WHISPER_AUDIO_READ",
    `this format has to be decoded from a file, and no private copy could be written: ${(cause as Error).message}`,
    { cause },
  );
}

/** For a process that exits in the middle of a job. */
function removePrivateFolders(): void {
  for (const folder of privateFolders) rmSync(folder, { recursive: true, force: true });
}
