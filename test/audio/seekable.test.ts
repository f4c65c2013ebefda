import { describe, expect, it } from "vitest";
import { needsSeeking } from "../../lib/audio/seekable.js";

/** Boxes with nothing in them. */
const boxes = (...types: string[]) =>
  Buffer.concat(types.map((type) => Buffer.from(`\0\0\0\x08${type}`, "latin1")));
const free = (count: number) => boxes(...new Array<string>(count).fill("free"));

describe("whether ffmpeg has to jump about in bytes", () => {
  it("depends on what comes first, the index or the sound", () => {
    expect(needsSeeking(boxes("ftyp", "free", "moov", "mdat"))).toBe(false);
    expect(needsSeeking(boxes("ftyp", "free", "mdat", "moov"))).toBe(true);
    expect(needsSeeking(boxes("ftyp"))).toBe(true);
    expect(needsSeeking(Buffer.from("OggS and more"))).toBe(false);
  });

  it("understands boxes of more than 4 GiB, and of no size at all", () => {
    const large = Buffer.from("\0\0\0\x01free\0\0\0\0\0\0\0\x10", "latin1");
    expect(needsSeeking(Buffer.concat([large, boxes("moov")]))).toBe(false);
    expect(
      needsSeeking(Buffer.from("\0\0\0\x01free\xff\xff\xff\xff\xff\xff\xff\xff", "latin1")),
    ).toBe(true);
    expect(needsSeeking(Buffer.from("\0\0\0\0free", "latin1"))).toBe(true);
  });

  it("is looked for in the first few thousand boxes only, as this holds up the event loop", () => {
    expect(needsSeeking(Buffer.concat([free(1000), boxes("moov")]))).toBe(false);
    expect(needsSeeking(Buffer.concat([free(5000), boxes("moov")]))).toBe(true);
  });
});
