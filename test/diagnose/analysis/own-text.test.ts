// What reading a job's own earlier text takes, which is no effect of conditioning on it.

import { describe, expect, it } from "vitest";
import { analyse } from "../../../lib/diagnose/analysis/analyse.js";
import { ownReadingMs } from "../../../lib/diagnose/analysis/own-text.js";
import type { Arm } from "../../../lib/diagnose/arms.js";
import { blocks, job } from "./jobs.js";

/** A tenth of a job of two windows is spent on a prompt of so many tokens. */
const reading = (promptTokens: number) =>
  job({ windows: 2, tokens: 100, promptTokens, promptMs: 200 });
const without = job({ windows: 2, tokens: 100, promptTokens: 6, promptMs: 0 });

describe("reading a job's own earlier text", () => {
  it("is all of what prompts take, up to what the job has decoded", () => {
    expect(ownReadingMs(reading(80), without)).toBe(200);
    expect(ownReadingMs(reading(206), without)).toBe(100);
    expect(ownReadingMs(reading(406), without)).toBe(50);
  });

  it("is nothing without a second window, prompts, or times of prompts", () => {
    expect(ownReadingMs({ ...reading(80), windows: 1 }, without)).toBe(0);
    expect(ownReadingMs(without, without)).toBe(0);
    expect(ownReadingMs({ ...reading(80), promptMs: undefined }, without)).toBe(0);
  });

  it("doesn't count what was waited", () => {
    expect(ownReadingMs({ ...reading(80), shareAtWork: 0.5 }, without)).toBe(100);
  });
});

describe("previous text", () => {
  const h4 = (promptTokens: number) => {
    const of = (arm: Arm) =>
      arm === "no-previous-text"
        ? { promptTokens: 6, promptMs: 10 }
        : { promptTokens, promptMs: 210, slower: 1.2 };
    const context = { mode: "fixed", maxBlocks: 24, seed: 1 } as const;
    const { hypotheses } = analyse(blocks(24, of), context);
    const found = hypotheses.find(({ id }) => id === "H4");
    if (!found) throw new Error("H4 is missing");
    return found;
  };

  it("isn't slow for being read", () => {
    const { verdict, effect, says } = h4(86);
    expect(verdict).toBe("refuted");
    expect(effect?.estimate).toBeCloseTo(1, 1);
    expect(says.join(" ")).toMatch(/is work, and left out there: 9\.\d %/);
  });

  it("is slow where more is read than the job has said", () => {
    expect(h4(506).verdict).toBe("supported");
  });
});
