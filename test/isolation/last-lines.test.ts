// What is kept of what a child writes to stderr.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LastLines } from "../../lib/engine/process/last-lines.js";

function linesOf(pieces: readonly string[], most?: number, longest?: number): readonly string[] {
  const last = new LastLines(most, longest);
  for (const piece of pieces) last.push(piece);
  return last.lines;
}

describe("last lines", () => {
  it("are those of the whole text, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "bc", "\n", " ", "x\ny")), (pieces) => {
        const whole = pieces.join("").split("\n");
        const expected = whole.filter((text) => text.trim() !== "").slice(-40);
        expect(linesOf(pieces).slice(-40)).toEqual(expected.slice(-40));
      }),
    );
  });

  it("are the last ones, with one that isn't ended", () => {
    expect(linesOf(["1\n2\n3\n4\n5"], 3)).toEqual(["2", "3", "4", "5"]);
    expect(linesOf(["1\n2\n3\n4\n"], 3)).toEqual(["2", "3", "4"]);
    expect(linesOf([])).toEqual([]);
    expect(linesOf(["\n \n\t\n"])).toEqual([]);
  });

  it("are cut, and a flood without an end takes no memory", () => {
    expect(linesOf([`${"x".repeat(50)}\n`], 3, 10)).toEqual(["x".repeat(10)]);
    const flood = Array.from({ length: 5000 }, () => "y".repeat(1000));
    const kept = linesOf(flood);
    expect(kept.join("").length).toBeLessThanOrEqual(1024);
  });
});
