import { PassThrough, Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { describe, expect, it } from "vitest";
import { collectBytes } from "../../lib/audio/stream.js";
import { until } from "../support/until.js";
import { rejection } from "./fixtures.js";

const maxBytes = 2 ** 30;
const never = new Promise<never>(() => {});

describe("an abort", () => {
  const started = (make: (pulled: () => void) => Parameters<typeof collectBytes>[0]) => {
    let pulled = false;
    const controller = new AbortController();
    const stream = make(() => {
      pulled = true;
    });
    const rejected = rejection(collectBytes(stream, { maxBytes, signal: controller.signal }));
    return { controller, rejected, ready: () => until(() => pulled) };
  };

  it("destroys a Node stream that waits", async () => {
    const stream = new PassThrough();
    const { controller, rejected, ready } = started((pulled) => {
      stream.write("abc");
      setImmediate(pulled);
      return stream;
    });
    await ready();
    controller.abort("enough");
    expect(await rejected).toMatchObject({
      name: "AbortError",
      code: "ERR_WHISPER_ABORTED",
      cause: "enough",
    });
    expect(stream.destroyed).toBe(true);
  });

  it("cancels a web stream that waits", async () => {
    let cancelled: unknown = "not cancelled";
    const { controller, rejected, ready } = started(
      (pulled) =>
        new ReadableStream<Uint8Array>({
          pull: () => {
            pulled();
            return never;
          },
          cancel: (reason) => {
            cancelled = reason;
          },
        }),
    );
    await ready();
    controller.abort();
    expect((await rejected).code).toBe("ERR_WHISPER_ABORTED");
    expect(cancelled).not.toBe("not cancelled");
  });

  it("doesn't wait for a generator that never yields again", async () => {
    const { controller, rejected, ready } = started((pulled) =>
      (async function* () {
        yield new Uint8Array(1);
        pulled();
        await never;
      })(),
    );
    await ready();
    controller.abort();
    expect((await rejected).code).toBe("ERR_WHISPER_ABORTED");
  });

  it("before the start destroys the stream without reading it", async () => {
    let reads = 0;
    const stream = new Readable({ read: () => void reads++ });
    const run = collectBytes(stream, { maxBytes, signal: AbortSignal.abort() });
    expect((await rejection(run)).code).toBe("ERR_WHISPER_ABORTED");
    expect(stream.destroyed).toBe(true);
    expect(reads).toBe(0);
  });

  it("leaves no listener behind, however the stream ends", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    }) as typeof add;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    }) as typeof remove;
    await collectBytes(Readable.from([Buffer.from("a")]), { maxBytes, signal });
    await rejection(collectBytes(Readable.from([]), { maxBytes, signal }));
    expect(listeners).toBe(0);
  });
});
