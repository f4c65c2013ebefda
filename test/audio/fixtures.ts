import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

export function testAudio(name: string): string {
  return fileURLToPath(new URL(`../../models/micro/test-audio/${name}`, import.meta.url));
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "audio-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Samples of a plain 16 kHz mono 16-bit WAV with a 44-byte header, in [-1, 1]. */
export function samplesOf(name: string): Float32Array {
  const file = readFileSync(testAudio(name));
  if (file.toString("latin1", 36, 40) !== "data") throw new Error(`${name} has another header`);
  return Float32Array.from(
    { length: (file.length - 44) / 2 },
    (_, index) => file.readInt16LE(44 + 2 * index) / 32768,
  );
}

/** 16-bit mono WAV bytes of these samples, or 32-bit float ones. */
export function wavBytes(samples: Int16Array | Float32Array, sampleRate: number): Buffer {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const bytesPerSample = samples.BYTES_PER_ELEMENT;
  return Buffer.concat([wavHeader(data.length, sampleRate, bytesPerSample), data]);
}

/** The 44 bytes before `dataBytes` of mono samples: 16-bit integers, or floats if they have 4 bytes. */
export function wavHeader(dataBytes: number, sampleRate: number, bytesPerSample = 2): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(bytesPerSample === 4 ? 3 : 1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * bytesPerSample, 28);
  header.writeUInt16LE(bytesPerSample, 32);
  header.writeUInt16LE(8 * bytesPerSample, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** Converts a test recording with the machine's own ffmpeg. */
export function convert(source: string, target: string, ...args: string[]): string {
  const run = spawnSync(
    "ffmpeg",
    ["-y", "-nostdin", "-loglevel", "error", "-i", testAudio(source), ...args, `file:${target}`],
    { encoding: "utf8" },
  );
  if (run.status !== 0) throw new Error(`ffmpeg: ${run.stderr}`);
  return target;
}

/** How alike two signals are: 1 is the same shape, 0 unrelated. The best of small shifts, which codecs cause. */
export function likeness(one: Float32Array, other: Float32Array, mostShift = 64): number {
  let best = 0;
  for (let shift = -mostShift; shift <= mostShift; shift++) {
    let product = 0;
    let ones = 0;
    let others = 0;
    for (let index = Math.max(0, -shift); index < one.length; index++) {
      const a = one[index] ?? 0;
      const b = other[index + shift] ?? 0;
      product += a * b;
      ones += a * a;
      others += b * b;
    }
    best = Math.max(best, product / (Math.sqrt(ones * others) || 1));
  }
  return best;
}

/** How loud a signal is: the root of its mean square. */
export function loudness(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** Moves the memory behind `view` elsewhere, as postMessage does: the view has no bytes any more. */
export function transferAway(view: ArrayBufferView<ArrayBuffer>): void {
  structuredClone(view.buffer, { transfer: [view.buffer] });
}

/** An executable that runs `body` (JavaScript, CommonJS) in place of ffmpeg. */
export function fakeFfmpeg(folder: string, body: string): string {
  const path = join(folder, "ffmpeg");
  writeFileSync(path, `#!${process.execPath}\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** JavaScript by which a fake ffmpeg tells its process id through a file that appears whole. */
export function writePid(folder: string, pid = "process.pid"): string {
  const [part, whole] = [join(folder, "pid.part"), join(folder, "pid")].map((p) =>
    JSON.stringify(p),
  );
  return `require("fs").writeFileSync(${part}, String(${pid})); require("fs").renameSync(${part}, ${whole});`;
}

export function readPid(folder: string): number {
  return Number(readFileSync(join(folder, "pid"), "utf8"));
}

/** Whether a process is there, be it as a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The rejection's code and message, or a failure when the promise resolves. */
export async function rejection(promise: Promise<unknown>): Promise<{
  name: string;
  code: string;
  message: string;
  cause: unknown;
}> {
  try {
    await promise;
  } catch (error) {
    const { name, code, message, cause } = error as Error & { code: string };
    return { name, code, message, cause };
  }
  throw new Error("it was expected to reject");
}
