// Audio and models on their way to a child: whatever their sizes, however the pipe cuts them, whatever becomes of others.

import { connect, createServer, type Socket as NetSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  GIVEN_UP,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
  writeHeader,
} from "../../lib/engine/process/blob-frames.js";
import { BlobReceiver } from "../../lib/engine/process/blob-receiver.js";
import { BlobSender } from "../../lib/engine/process/blob-sender.js";
import { expectFailure } from "../support/outcome.js";

interface Line {
  sender: BlobSender;
  receiver: BlobReceiver;
}

/** A pipe that hands its bytes over in pieces of these lengths, and calls `onFrame` before each write. */
function line(
  cuts: readonly number[] = [65_536],
  onFrame: (frame: number) => void = () => {},
): Line {
  const receiver = new BlobReceiver();
  let frames = 0;
  let cut = 0;
  const pipe = new Writable({
    write(chunk: Buffer, _, done) {
      onFrame(frames++);
      for (let at = 0; at < chunk.length; cut++) {
        const length = cuts[cut % cuts.length] as number;
        receiver.push(Buffer.from(chunk.subarray(at, at + length)));
        at += length;
      }
      setImmediate(done);
    },
  });
  return { sender: new BlobSender(pipe), receiver };
}

function bytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 255);
}

function frame(blob: number, totalBytes: number, part: Uint8Array = new Uint8Array()): Buffer {
  const whole = Buffer.alloc(HEADER_BYTES + part.length);
  writeHeader(whole, { blob, bytes: part.length, totalBytes });
  whole.set(part, HEADER_BYTES);
  return whole;
}

/** Whether it settles, given some turns of the event loop. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe("blobs", () => {
  it("arrive whole, whatever their sizes, whatever the cuts, taken before or after", async () => {
    const sizes = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
      { weight: 1, arbitrary: fc.constantFrom(MAX_FRAME_BYTES, MAX_FRAME_BYTES + 1) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ size: sizes, early: fc.boolean() }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 }),
        async (list, small) => {
          // Small pieces only where there are few bytes.
          const cuts = list.some(({ size }) => size > 300) ? [...small, 65_536, 200_000] : small;
          const { sender, receiver } = line(cuts);
          const sent = list.map(({ size, early }) => {
            const blob = sender.next();
            const data = bytes(size, blob);
            const taken = early ? receiver.take(blob) : undefined;
            return { blob, data, taken, done: sender.send(blob, data, undefined) };
          });
          await Promise.all(sent.map(({ done }) => done));
          for (const { blob, data, taken } of sent) {
            const arrived = await (taken ?? receiver.take(blob));
            expect(Buffer.compare(arrived, data)).toBe(0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("are the bytes of a view, not of the memory around it", async () => {
    const { sender, receiver } = line();
    const memory = bytes(4096).buffer;
    const views = [
      new Float32Array(memory, 64, 100),
      new Int16Array(memory, 2, 999),
      new Uint8Array(new SharedArrayBuffer(77)).fill(9),
      Buffer.from(memory, 5, 6),
    ];
    for (const view of views) {
      const blob = sender.next();
      await sender.send(blob, view, undefined);
      const expected = Buffer.from(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
      expect(Buffer.compare(await receiver.take(blob), expected)).toBe(0);
    }
  });

  it("of 8 MiB cross a real pipe, side by side", async () => {
    const path = join(tmpdir(), `steady-whisper-blobs-${process.pid}.sock`);
    const receiver = new BlobReceiver();
    const server = createServer((socket) => {
      socket.on("data", (chunk: Buffer) => receiver.push(chunk));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const pipe = await new Promise<NetSocket>((resolve) => {
      const socket = connect(path, () => resolve(socket));
    });
    const sender = new BlobSender(pipe);
    const all = [8 * 2 ** 20, 3, 5 * 2 ** 20 + 1].map((size) => bytes(size, size));
    const taken = all.map(async (data) => {
      const blob = sender.next();
      const [arrived] = await Promise.all([
        receiver.take(blob),
        sender.send(blob, data, undefined),
      ]);
      return Buffer.compare(arrived, data);
    });
    expect(await Promise.all(taken)).toEqual([0, 0, 0]);
    pipe.destroy();
    server.close();
  });
});

describe("a blob that comes to nothing harms no other:", () => {
  it("given up half-way, and before its turn", async () => {
    const controller = new AbortController();
    const { sender, receiver } = line([65_536], (count) => {
      if (count === 2) controller.abort("changed my mind");
    });
    const [before, half, queued, after] = [1, 2, 3, 4].map(() => sender.next()) as [
      ...[number, number, number, number],
    ];
    const { signal } = controller;
    const done = [
      sender.send(before, bytes(10), undefined),
      sender.send(half, bytes(3 * MAX_FRAME_BYTES), signal),
      sender.send(queued, bytes(10), signal),
      sender.send(after, bytes(20), undefined),
    ] as const;
    const early = receiver.take(half);
    await expectFailure(done[1], "ERR_WHISPER_ABORTED");
    await expectFailure(done[2], "ERR_WHISPER_ABORTED");
    await expectFailure(early, "ERR_WHISPER_ABORTED");
    await Promise.all([done[0], done[3]]);
    await expectFailure(receiver.take(queued), "ERR_WHISPER_ABORTED");
    expect(Buffer.compare(await receiver.take(before), bytes(10))).toBe(0);
    expect(Buffer.compare(await receiver.take(after), bytes(20))).toBe(0);
  });

  it.each(["before its turn", "half-way"])("memory that is transferred away %s", async (when) => {
    const data = bytes(3 * MAX_FRAME_BYTES);
    const { sender, receiver } = line([65_536], (count) => {
      if (count === (when === "half-way" ? 2 : 0)) {
        structuredClone(data.buffer, { transfer: [data.buffer] });
      }
    });
    const [before, gone, after] = [sender.next(), sender.next(), sender.next()];
    const all = [
      sender.send(before, bytes(10), undefined),
      sender.send(gone, data, undefined),
      sender.send(after, bytes(20), undefined),
    ] as const;
    const error = await expectFailure(all[1], "ERR_WHISPER_INVALID_ARG", /audio/);
    expect(error).toMatchObject({ argument: "audio" });
    await Promise.all([all[0], all[2]]);
    await expectFailure(receiver.take(gone), "ERR_WHISPER_ABORTED");
    expect(Buffer.compare(await receiver.take(after), bytes(20))).toBe(0);
  });

  it("memory that is resized half-way, or to nothing before its turn", async () => {
    const resizable = () =>
      new (
        ArrayBuffer as unknown as new (
          bytes: number,
          most: object,
        ) => ArrayBuffer & {
          resize(bytes: number): void;
        }
      )(2 * MAX_FRAME_BYTES, { maxByteLength: 3 * MAX_FRAME_BYTES });
    for (const to of [0, 100, 3 * MAX_FRAME_BYTES]) {
      const memory = resizable();
      const { sender, receiver } = line([65_536], (count) => {
        if (count === 0) memory.resize(to);
      });
      const [first, second] = [sender.next(), sender.next()];
      const sent = sender.send(first, new Uint8Array(memory), undefined);
      const later = sender.send(second, bytes(7), undefined);
      await expectFailure(sent, "ERR_WHISPER_INVALID_ARG", /left as it is/);
      await expectFailure(receiver.take(first), "ERR_WHISPER_ABORTED");
      await later;
      expect((await receiver.take(second)).length).toBe(7);
    }
    const memory = resizable();
    const { sender, receiver } = line();
    memory.resize(0);
    const blob = sender.next();
    await sender.send(blob, new Uint8Array(memory), undefined);
    expect((await receiver.take(blob)).length).toBe(0);
  });

  it("more memory than there is", async () => {
    const { sender, receiver } = line();
    const [huge, small] = [sender.next(), sender.next()];
    receiver.push(frame(huge, 2 ** 52, bytes(1000)));
    receiver.push(frame(huge, 2 ** 52, bytes(1000)));
    await sender.send(small, bytes(30), undefined);
    await expectFailure(receiver.take(huge), "ERR_WHISPER_OUT_OF_MEMORY", /4503599627370496 bytes/);
    receiver.push(frame(huge, 2 ** 52, bytes(1000)));
    receiver.push(frame(huge, GIVEN_UP));
    expect(Buffer.compare(await receiver.take(small), bytes(30))).toBe(0);
  });

  it("a pipe that breaks: nobody waits for ever, nothing is thrown", async () => {
    const pipe = new Writable({ write: (_, __, done) => setImmediate(done, new Error("EPIPE")) });
    const sender = new BlobSender(pipe);
    await Promise.all([
      sender.send(sender.next(), bytes(5 * MAX_FRAME_BYTES), undefined),
      sender.send(sender.next(), bytes(10), undefined),
    ]);
    await sender.send(sender.next(), bytes(10), undefined);
    const closed = new BlobSender(new Writable().destroy());
    await closed.send(closed.next(), bytes(10), undefined);
  });
});

describe("the receiver", () => {
  it("keeps nothing of a blob that was taken, whether it came whole, empty, or not at all", async () => {
    const receiver = new BlobReceiver();
    receiver.push(frame(1, 3, bytes(3)));
    receiver.push(frame(2, 0));
    receiver.push(frame(3, 10, bytes(3)));
    receiver.push(frame(3, GIVEN_UP));
    receiver.push(frame(4, GIVEN_UP));
    const taken = [1, 2, 3, 4].map((blob) => receiver.take(blob));
    const ends = await Promise.allSettled(taken);
    expect(ends.map(({ status }) => status)).toEqual([
      ...["fulfilled", "fulfilled", "rejected", "rejected"],
    ]);
    // Whoever asks once more waits for another blob of this number.
    for (const blob of [1, 2, 3, 4]) expect(await settles(receiver.take(blob))).toBe(false);
  });
});
