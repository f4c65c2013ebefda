import { createReadStream } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteStream } from "../../lib/audio/input.js";
import { collectBytes } from "../../lib/audio/stream.js";
import { rejection } from "./fixtures.js";

const maxBytes = 2 ** 30;

function throwBoom(): never {
  throw new Error("boom");
}

/** A generator that tells whether it was given up. */
function generator(chunks: unknown[]) {
  const seen = { returned: false };
  async function* generate() {
    try {
      yield* chunks as Uint8Array[];
    } finally {
      seen.returned = true;
    }
  }
  return { seen, stream: generate() };
}

describe("all kinds of streams", () => {
  it("give their bytes in order, whatever the pieces", async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(pieces, async (list) => {
        const whole = Buffer.concat(list);
        fc.pre(whole.length > 0);
        for (const stream of [
          Readable.from(list, { objectMode: true }),
          Readable.toWeb(Readable.from(list, { objectMode: true })) as ReadableStream<Uint8Array>,
          generator(list).stream,
        ]) {
          expect(Buffer.from(await collectBytes(stream, { maxBytes }))).toEqual(whole);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("keep pieces apart from a buffer that their producer uses again", async () => {
    async function* reuse() {
      const one = new Uint8Array(2);
      for (const value of [1, 2, 3]) yield one.fill(value);
    }
    expect([...(await collectBytes(reuse(), { maxBytes }))]).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it("may be larger than one block, with odd pieces", async () => {
    const piece = Uint8Array.from({ length: 777_777 }, (_, index) => index % 251);
    const whole = Buffer.concat([piece, piece, piece, piece]);
    const collected = await collectBytes(generator([piece, piece, piece, piece]).stream, {
      maxBytes,
    });
    expect(whole.equals(collected)).toBe(true);
    expect(collected.byteOffset).toBe(0);
  });
});

describe("a stream that goes wrong", () => {
  it("is a read error with the stream's own as its cause", async () => {
    const broken = createReadStream("/nowhere/at/all");
    expect(await rejection(collectBytes(broken, { maxBytes }))).toMatchObject({
      name: "WhisperAudioError",
      code: "ERR_WHISPER_AUDIO_READ",
      cause: expect.objectContaining({ code: "ENOENT" }),
    });
    const web = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error("cut off")) });
    expect(await rejection(collectBytes(web, { maxBytes }))).toMatchObject({
      code: "ERR_WHISPER_AUDIO_READ",
      message: expect.stringContaining("cut off"),
    });
  });

  it("is a read error when it was destroyed or locked before", async () => {
    const destroyed = new PassThrough();
    destroyed.destroy();
    expect((await rejection(collectBytes(destroyed, { maxBytes }))).code).toBe(
      "ERR_WHISPER_AUDIO_READ",
    );
    const locked = new ReadableStream<Uint8Array>();
    locked.getReader();
    expect(await rejection(collectBytes(locked, { maxBytes }))).toMatchObject({
      code: "ERR_WHISPER_AUDIO_READ",
      message: expect.stringContaining("locked"),
    });
  });

  it.each([
    ["its iterator", { [Symbol.asyncIterator]: throwBoom }, "boom"],
    ["next()", { [Symbol.asyncIterator]: () => ({ next: throwBoom }) }, "boom"],
    ["read()", { getReader: () => ({ read: throwBoom, cancel: throwBoom }) }, "boom"],
    ["no iterator", { [Symbol.asyncIterator]: () => undefined }, "undefined"],
    ["no step", { [Symbol.asyncIterator]: () => ({ next: () => undefined }) }, "undefined"],
    ["no reader", { getReader: () => undefined }, "undefined"],
  ])("is a read error when its own code throws, or has %s", async (_, stream, says) => {
    const read = collectBytes(stream as unknown as ByteStream, { maxBytes });
    const { code, message } = await rejection(read);
    expect(code).toBe("ERR_WHISPER_AUDIO_READ");
    expect(message).toContain(says);
  });

  it("is destroyed when it can't be opened", async () => {
    const stream = Object.assign(new PassThrough(), { [Symbol.asyncIterator]: throwBoom });
    const { code } = await rejection(collectBytes(stream as ByteStream, { maxBytes }));
    expect(code).toBe("ERR_WHISPER_AUDIO_READ");
    expect(stream.destroyed).toBe(true);
  });

  it("is invalid without any byte", async () => {
    const empty = collectBytes(Readable.from([]), { maxBytes });
    expect((await rejection(empty)).code).toBe("ERR_WHISPER_AUDIO_INVALID");
  });

  it.each(["text", 5, null, new Float32Array(2), {}])(
    "is refused when it yields %j",
    async (piece) => {
      const { seen, stream } = generator([piece]);
      const { code } = await rejection(collectBytes(stream, { maxBytes }));
      expect(code).toBe("ERR_WHISPER_INVALID_ARG");
      expect(seen.returned).toBe(true);
    },
  );

  it("is destroyed when it exceeds the limit, and not a byte before", async () => {
    const exact = Readable.from([Buffer.alloc(6), Buffer.alloc(4)]);
    expect(await collectBytes(exact, { maxBytes: 10 })).toHaveLength(10);
    const endless = new Readable({ read: (size) => void endless.push(Buffer.alloc(size)) });
    expect(await rejection(collectBytes(endless, { maxBytes: 1_000_000 }))).toMatchObject({
      code: "ERR_WHISPER_AUDIO_TOO_LONG",
      message: expect.stringContaining("1000000"),
    });
    expect(endless.destroyed).toBe(true);
  });
});
