import { describe, expect, it } from "vitest";
import { nothingJudged, waitedWords } from "../../../lib/diagnose/analysis/left-out.js";

describe("jobs that are left out", () => {
  it("are why nothing can be judged", () => {
    expect(nothingJudged({ judged: 0, waited: 84, failed: 1 })).toMatch(
      /84 jobs waited for a processor.*busy/,
    );
    expect(nothingJudged({ judged: 0, waited: 0, failed: 1 })).toMatch(/1 job failed/);
    expect(nothingJudged({ judged: 0, waited: 0, failed: 0 })).toMatch(/nothing to judge/);
  });

  it("are worth a word when they are many", () => {
    expect(waitedWords({ judged: 80, waited: 20, failed: 0 })).toEqual([]);
    expect(waitedWords({ judged: 79, waited: 21, failed: 0 })).toEqual([
      expect.stringMatching(/^21 of 100 jobs don't count/),
    ]);
  });
});
