import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { type PcmDescription, prepareInput } from "../../lib/audio/input.js";

const coded = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });
const prepare = (input: unknown, described?: PcmDescription) => () =>
  prepareInput(input, described);
const INVALID_ARG = "ERR_WHISPER_INVALID_ARG";

describe("what an input is taken for", () => {
  it("paths and file: URLs, whatever they look like", () => {
    for (const path of ["a.wav", "-", "http:x.wav", "file:///a", "a\nb", " "]) {
      expect(prepareInput(path)).toEqual({ kind: "file", path });
    }
    const url = pathToFileURL("/tmp/a b#c?.wav");
    expect(prepareInput(url)).toEqual({ kind: "file", path: "/tmp/a b#c?.wav" });
  });

  it("bytes: Buffer, Uint8Array and ArrayBuffer, views at their offset", () => {
    const buffer = Buffer.from("xxabc");
    for (const input of [
      buffer.subarray(2),
      new Uint8Array(buffer.subarray(2)),
      new Uint8Array(buffer.subarray(2)).buffer,
    ]) {
      const prepared = prepareInput(input);
      if (prepared.kind !== "bytes") throw new Error(prepared.kind);
      expect(Buffer.from(prepared.bytes).toString()).toBe("abc");
    }
  });

  it("streams: Node, web, async iterables", () => {
    async function* generate() {
      yield new Uint8Array(1);
    }
    const node = Readable.from([Buffer.from("a")]);
    for (const stream of [node, Readable.toWeb(Readable.from([])), generate()]) {
      expect(prepareInput(stream)).toEqual({ kind: "stream", stream });
    }
  });

  it("samples, with their description beside or around them", () => {
    const floats = new Float32Array(4);
    const integers = new Int16Array(4);
    expect(prepareInput(floats)).toMatchObject({ kind: "pcm", sampleRate: 16_000, channels: 1 });
    expect(prepareInput(floats, { sampleRate: 8000 })).toMatchObject({ sampleRate: 8000 });
    expect(prepareInput(integers, { sampleRate: 44_100, channels: 2 })).toMatchObject({
      kind: "pcm",
      sampleRate: 44_100,
      channels: 2,
    });
    expect(prepareInput({ samples: integers, sampleRate: 8000, channels: 1 })).toMatchObject({
      kind: "pcm",
      samples: integers,
    });
  });

  it("arrays of another realm, as test runners and vm contexts make them", () => {
    const foreign = runInContext(
      "({ floats: new Float32Array([1]), bytes: new Uint8Array([2]) })",
      createContext(),
    );
    expect(foreign.floats).not.toBeInstanceOf(Float32Array);
    expect(prepareInput(foreign.floats).kind).toBe("pcm");
    expect(prepareInput(foreign.bytes).kind).toBe("bytes");
  });
});

describe("memory that others can change", () => {
  it("is not copied when it is plain, also behind an offset", () => {
    const samples = new Float32Array([0, 1, 2, 3]).subarray(1, 3);
    const prepared = prepareInput(samples);
    if (prepared.kind !== "pcm") throw new Error(prepared.kind);
    expect(prepared.samples).toBe(samples);
  });

  it.each([
    ["shared floats", new Float32Array(new SharedArrayBuffer(8))],
    ["shared integers", new Int16Array(new SharedArrayBuffer(8))],
    ["shared bytes", new Uint8Array(new SharedArrayBuffer(8))],
    [
      "resizable bytes",
      new Uint8Array(
        // @ts-expect-error Not in the ES2023 types yet; Node 20 has it.
        new ArrayBuffer(8, { maxByteLength: 16 }),
      ),
    ],
  ])("is copied: %s", (_, view) => {
    view[1] = 7;
    const described = view instanceof Int16Array ? { sampleRate: 16_000, channels: 1 } : {};
    const prepared = prepareInput(view, described);
    const taken =
      prepared.kind === "pcm" ? prepared.samples : prepared.kind === "bytes" ? prepared.bytes : [];
    view[1] = 9;
    expect([...taken]).toEqual([...view].map((_value, index) => (index === 1 ? 7 : 0)));
  });

  it("is copied: a shared buffer of bytes", () => {
    const shared = new SharedArrayBuffer(3);
    const prepared = prepareInput(shared);
    new Uint8Array(shared)[0] = 1;
    expect(prepared).toEqual({ kind: "bytes", bytes: new Uint8Array(3) });
  });

  it.each([
    ["floats", () => new Float32Array(4)],
    ["integers", () => new Int16Array(4)],
    ["bytes", () => new Uint8Array(4)],
  ])("is refused when it was transferred away: %s", (_, make) => {
    const view = make();
    structuredClone(view.buffer, { transfer: [view.buffer] });
    expect(
      prepare(view, view instanceof Int16Array ? { sampleRate: 8000, channels: 1 } : {}),
    ).toThrow(coded(INVALID_ARG, /transferred away/));
  });

  it("is refused when it was transferred away: the buffer itself", () => {
    const buffer = new ArrayBuffer(4);
    structuredClone(buffer, { transfer: [buffer] });
    expect(prepare(buffer)).toThrow(coded(INVALID_ARG, /transferred away/));
  });
});
