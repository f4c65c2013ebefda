// When a child counts as stalled. Pure: times are the test's own.

import { describe, expect, it } from "vitest";
import { StallWatch } from "../../lib/engine/process/stall-watch.js";

const STALL = 1000;
const at = (state: number, ticks: number, phase = "running", job = 1) => ({
  ...{ state, job, phase, ticks },
});

describe("a job", () => {
  it("that makes progress never stalls, however long it takes", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 30_000, 0);
    for (let now = 0; now <= 100 * STALL; now += STALL / 2) {
      watch.answered([at(7, now)], now);
      expect(watch.verdict(now + STALL / 2)).toBeUndefined();
    }
  });

  it.each([
    ["ticks", [at(7, 5), at(7, 6)]],
    ["phase", [at(7, 5, "waiting"), at(7, 5, "running")]],
    ["job", [at(7, 5, "running", 1), at(7, 5, "running", 2)]],
  ] as const)("another %s is progress", (_, [one, other]) => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 1000, 0);
    watch.answered([one], 0);
    watch.answered([other], 900);
    watch.answered([other], 1800);
    expect(watch.verdict(1900)).toBeUndefined();
    expect(watch.verdict(1901)).toMatch("made no progress for 1001 ms");
  });

  it("without progress stalls after stallMs, and the verdict names time and phase", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 30_000, 0);
    for (let now = 0; now <= STALL; now += 100) watch.answered([at(7, 5)], now);
    expect(watch.verdict(STALL)).toBeUndefined();
    watch.answered([at(7, 5)], STALL + 1);
    expect(watch.verdict(STALL + 1)).toBe(
      "had a job that made no progress for 1001 ms (phase running)",
    );
  });

  it("in its spectrogram gets a tenth of the audio's length on top, and no longer than that", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 3_600_000, 0);
    for (let now = 0; now <= 361_000; now += 500) {
      watch.answered([at(7, 2, "mel")], now);
      expect(watch.verdict(now)).toBeUndefined();
    }
    watch.answered([at(7, 2, "mel")], 361_001);
    expect(watch.verdict(361_001)).toMatch(/made no progress for 361001 ms \(phase mel\)/);
    watch.answered([at(7, 3, "running")], 361_002);
    expect(watch.verdict(361_002)).toBeUndefined();
    watch.answered([at(7, 3, "running")], 362_003);
    expect(watch.verdict(362_003)).toMatch("phase running");
  });

  it("of which the child has said nothing yet stalls too", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 1000, 0);
    watch.answered([], STALL + 1);
    expect(watch.verdict(STALL + 1)).toMatch("(phase unknown)");
  });

  it("that has ended isn't watched any more", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 1000, 0);
    watch.answered([at(7, 1)], 0);
    watch.end(7);
    watch.answered([at(7, 1)], 50 * STALL);
    expect(watch.verdict(50 * STALL)).toBeUndefined();
  });
});

describe("a job behind one that was cancelled, on the same state", () => {
  it("may wait for that one's spectrogram", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 3_600_000, 0);
    watch.answered([at(7, 2, "mel", 1)], 0);
    watch.begin(7, 500, 100); // the first was cancelled, and is busy until it notices
    watch.answered([at(7, 2, "mel", 1)], 300_000);
    expect(watch.verdict(300_000)).toBeUndefined();
  });

  it("is watched when that one has ended", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 500, 0);
    watch.begin(7, 500, 100);
    watch.answered([at(7, 2, "running", 1)], 150);
    watch.end(7); // the first one's answer
    watch.answered([at(7, 1, "running", 2)], 200);
    watch.answered([at(7, 1, "running", 2)], 200 + STALL + 1);
    expect(watch.verdict(200 + STALL + 1)).toMatch("made no progress for 1001 ms");
    watch.end(7);
    expect(watch.verdict(200 + STALL + 1)).toBeUndefined();
  });
});

describe("the child", () => {
  it("that doesn't answer stalls, with jobs or without", () => {
    for (const withJob of [true, false]) {
      const watch = new StallWatch(STALL, 0);
      if (withJob) watch.begin(7, 1000, 0);
      watch.answered([at(7, 1)], 500);
      expect(watch.verdict(500 + STALL)).toBeUndefined();
      expect(watch.verdict(501 + STALL)).toBe("didn't answer for 1001 ms");
    }
  });

  it("isn't to blame for a time in which the host didn't listen", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 1000, 0);
    watch.answered([at(7, 1)], 0);
    watch.restart(50 * STALL);
    expect(watch.verdict(51 * STALL)).toBeUndefined();
    expect(watch.verdict(51 * STALL + 1)).toMatch("didn't answer");
  });
});

describe("states that aren't watched", () => {
  it("don't matter: one that is idle, one that warms up somewhere else", () => {
    const watch = new StallWatch(STALL, 0);
    watch.begin(7, 1000, 0);
    for (let now = 0; now <= 10 * STALL; now += 500) {
      watch.answered([at(7, now), at(8, 3), at(9, 0, "idle", 0)], now);
      expect(watch.verdict(now)).toBeUndefined();
    }
  });
});
