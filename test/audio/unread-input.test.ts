import { EventEmitter, once } from "node:events";
import { createReadStream, openSync } from "node:fs";
import { PassThrough, Readable, Writable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type LoadAudioOptions, loadAudio } from "../../lib/audio/decode.js";
import type { AudioInput } from "../../lib/audio/input.js";
import { closeInput, guardInput } from "../../lib/audio/unread-input.js";
import { rejection, testAudio } from "./fixtures.js";

/** One input of each kind that holds something, and whether that was given up. */
function openInputs(): [string, AudioInput, () => boolean][] {
  const node = createReadStream(testAudio("en-digits.wav"));
  let cancelled = false;
  const web = new ReadableStream<Uint8Array>({
    cancel() {
      cancelled = true;
    },
  });
  let returned = false;
  const iterator = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => ({ done: false, value: new Uint8Array(1) }),
    return: async () => {
      returned = true;
      return { done: true, value: undefined };
    },
  };
  return [
    ["a Node stream", node, () => node.destroyed],
    ["a web stream", web, () => cancelled],
    ["an async iterator", iterator as AsyncIterable<Uint8Array>, () => returned],
  ];
}

describe("an input that is given up", () => {
  it.each([
    { sampelRate: 8000 },
    { maxDurationMs: 0 },
    { maxBytes: 0 },
    { ffmpeg: 1 },
    { sampleRate: 16_000 },
    { channels: 1 },
    { signal: {} },
    null,
  ])("is closed when the options are refused: %j", async (options) => {
    for (const [kind, input, isClosed] of openInputs()) {
      const { code } = await rejection(loadAudio(input, options as LoadAudioOptions));
      expect(code).toBe("ERR_WHISPER_INVALID_ARG");
      expect(isClosed(), kind).toBe(true);
    }
  });

  it("is closed when the signal had aborted before", async () => {
    for (const [kind, input, isClosed] of openInputs()) {
      const { code } = await rejection(loadAudio(input, { signal: AbortSignal.abort() }));
      expect(code).toBe("ERR_WHISPER_ABORTED");
      expect(isClosed(), kind).toBe(true);
    }
  });

  it("gives its file descriptor back", async () => {
    const fd = openSync(testAudio("en-digits.wav"), "r");
    const stream = createReadStream("", { fd });
    closeInput(stream);
    await once(stream, "close");
    expect(stream.closed).toBe(true);
  });

  it("may report its own destruction as an error: nobody is left to hear it", async () => {
    const stream = new Readable({
      read() {},
      destroy: (_, done) => done(new Error("I was not done")),
    });
    closeInput(stream);
    await nextTurn();
    expect(stream.errored).toBeInstanceOf(Error);
  });

  it("never runs a generator that had not begun", async () => {
    let began = false;
    const generator = (async function* () {
      began = true;
      yield new Uint8Array(1);
    })();
    closeInput(generator);
    expect(await generator.next()).toEqual({ done: true, value: undefined });
    expect(began).toBe(false);
  });

  it("is left alone when somebody else reads it, or when there is nothing to close", async () => {
    const locked = new ReadableStream({ pull: (controller) => controller.enqueue("more") });
    const reader = locked.getReader();
    const writable = new Writable();
    let calls = 0;
    const count = () => void calls++;
    const iterable = { [Symbol.asyncIterator]: count };
    const others = [locked, writable, iterable, { destroy: count, cancel: count, return: count }];
    for (const input of [...others, "a.wav", 5, null, undefined, new Float32Array(1)]) {
      closeInput(input);
      guardInput(input);
    }
    expect(await reader.read()).toEqual({ done: false, value: "more" });
    expect(writable.destroyed).toBe(false);
    expect(calls).toBe(0);
  });

  it("may throw or reject in every method", async () => {
    const throws = () => {
      throw new Error("boom");
    };
    const rejects = () => Promise.reject(new Error("boom"));
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const fails of [throws, rejects]) {
      for (const input of [
        { [Symbol.asyncIterator]: fails, on: () => {}, destroy: fails },
        { [Symbol.asyncIterator]: fails, on: throws, destroy: fails },
        { [Symbol.asyncIterator]: fails, next: fails, return: fails },
        { getReader: fails, cancel: fails },
        Object.defineProperty({}, "getReader", { get: throws }),
        Object.defineProperty({}, Symbol.asyncIterator, { get: throws }),
        proxy,
      ]) {
        expect(() => closeInput(input)).not.toThrow();
        expect(() => guardInput(input)).not.toThrow();
      }
    }
    await nextTurn(); // an unhandled rejection would fail the run
  });
});

describe("a stream that fails before it is read", () => {
  it("is no uncaughtException, and reading it reports its error", async () => {
    const stream = createReadStream("/nowhere/at/all");
    guardInput(stream);
    guardInput(stream);
    await new Promise<void>((resolve) => stream.on("close", () => resolve()));
    expect(await rejection(loadAudio(stream))).toMatchObject({
      name: "WhisperAudioError",
      code: "ERR_WHISPER_AUDIO_READ",
      cause: expect.objectContaining({ code: "ENOENT" }),
    });
  });

  it("is not taken for one that has ended, as streams of the readable-stream package look", async () => {
    const stream = Object.assign(new EventEmitter(), {
      destroy() {},
      async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {},
    });
    const boom = new Error("connection lost");
    guardInput(stream);
    stream.emit("error", boom);
    stream.emit("error", new Error("and again"));
    expect(await rejection(loadAudio(stream))).toMatchObject({
      code: "ERR_WHISPER_AUDIO_READ",
      message: expect.stringContaining("connection lost"),
      cause: boom,
    });
  });

  it("is read as usual when it doesn't fail after all", async () => {
    const stream = new PassThrough();
    guardInput(stream);
    await nextTurn();
    createReadStream(testAudio("en-00.wav")).pipe(stream);
    expect(await loadAudio(stream)).toEqual(await loadAudio(testAudio("en-00.wav")));
  });
});
