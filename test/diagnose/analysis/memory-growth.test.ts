import { describe, expect, it } from "vitest";
import { LEVELS } from "../../../lib/diagnose/analysis/looks.js";
import { memoryGrowth } from "../../../lib/diagnose/analysis/memory-growth.js";
import { seededRandom } from "../../../lib/health/random.js";
import { blocks } from "./jobs.js";

/** Of a process whose memory after each block is `at(block)`, in bytes. */
function growth(count: number, at: (block: number) => number) {
  const jobs = blocks(count, (arm, block) => ({
    memory: { after: { rssBytes: arm === "fresh-process" ? 9e9 : at(block) } },
  }));
  return memoryGrowth(jobs, ({ rssBytes }) => rssBytes, LEVELS.fixed);
}

describe("growth of memory", () => {
  it("is per job of the kept process, without its first blocks", () => {
    const found = growth(20, (block) => 1e9 + (block < 4 ? 1e8 * block : 4e8 + 6e6 * block))!;
    expect(found.interval.estimate).toBeCloseTo(1e6, -2);
    expect(found).toMatchObject({ verdict: "supported", blocks: 16, jobsPerBlock: 6 });
  });

  it("isn't found in random walks", () => {
    let supported = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed);
      let level = 1e9;
      const levels = Array.from({ length: 40 }, () => {
        level += (random() - 0.5) * 40e6;
        return level;
      });
      if (growth(40, (block) => levels[block]!)!.verdict === "supported") supported += 1;
    }
    console.log(`growth of memory in ${supported} of 100 random walks`);
    expect(supported).toBeLessThanOrEqual(4);
  });

  it("isn't a single step, nor buffers that settle", () => {
    const step = growth(24, (block) => (block < 12 ? 1e9 : 1.5e9))!;
    expect(step.verdict).not.toBe("supported");
    const settling = growth(40, (block) => 1e9 + Math.min(block, 14) * 50e6)!;
    expect(settling.verdict).not.toBe("supported");
  });

  it("is refuted where memory stays, and can't be told from a few readings", () => {
    expect(growth(20, () => 1e9)!.verdict).toBe("refuted");
    expect(growth(8, (block) => 1e9 * block)).toBeUndefined();
    expect(memoryGrowth(blocks(20), ({ rssBytes }) => rssBytes, LEVELS.fixed)).toBeUndefined();
  });
});
