import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createDisplay } from "../../lib/cli/diagnose-display.js";
import { duration } from "../../lib/cli/diagnose-news.js";
import { progress } from "./diagnose-doubles.js";
import { screen } from "./screen.js";

function recorded(isTTY: boolean, { fixed = false } = {}) {
  // Beyond what cli-progress asks of a terminal, which is that and its cursor's movements.
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  let text = "";
  stream.on("data", (chunk) => {
    text += chunk;
  });
  return { display: createDisplay(stream, { wanted: true, fixed }), text: () => text };
}

const undetermined = [
  { id: "H0", verdict: "undetermined" },
  { id: "H1", verdict: "undetermined" },
] as const;
const supported = [
  { id: "H0", verdict: "undetermined" },
  { id: "H1", verdict: "supported" },
] as const;

describe("in a log", () => {
  it("is a line every 30 s, and one for what is new", () => {
    const { display, text } = recorded(false);
    for (let second = 1; second <= 65; second++) {
      display.update(
        progress({
          block: second,
          jobs: second * 7,
          elapsedMs: second * 1000,
          leftMs: second < 2 ? undefined : 60_000 - second * 500,
          interim: second < 40 ? undetermined : supported,
        }),
      );
    }
    display.stop();
    expect(text().split("\n")).toEqual([
      "At most about 59 s left, to block 60; less if there are verdicts earlier.",
      "block 30/60, 210 jobs, 30 s, 45 s left; 2 open",
      "Block 40, so far: H1 supported.",
      "block 60/60, 420 jobs, 60 s, 30 s left; H1 yes, 1 open",
      "",
    ]);
  });

  it("says that a verdict is taken back", () => {
    const { display, text } = recorded(false);
    for (const interim of [supported, undetermined, undetermined])
      display.update(progress({ interim }));
    expect(text()).toBe("Block 1, so far: H1 supported.\nBlock 1, so far: H1 undetermined.\n");
  });

  it("warns once of a machine that is too busy", () => {
    const { display, text } = recorded(false);
    for (const jobs of [7, 13, 14, 21, 28]) display.update(progress({ jobs, waited: jobs - 6 }));
    expect(text()).toMatch(/^8 of 14 jobs don't count, as they waited for a processor: [^\n]*\n$/);
  });

  it("doesn't say that a number of blocks that was asked for may be less", () => {
    const { display, text } = recorded(false, { fixed: true });
    display.update(progress({ blocks: 8, leftMs: 70_000 }));
    expect(text()).toBe("About 70 s left, to block 8.\n");
  });
});

describe("on a terminal", () => {
  it("is a bar that leaves only what is news", () => {
    const { display, text } = recorded(true);
    display.note("Preparing.");
    display.update(progress({ interim: undetermined }));
    display.update(progress({ block: 30, leftMs: 290_000, interim: supported }));
    expect(text()).toMatch(/\[=====-----\] block 30\/60, 7 jobs, 10 s, 5 min left; H1 yes, 1 open/);
    display.stop();
    expect(screen(text()).filter((line) => line !== "")).toEqual([
      "Preparing.",
      "At most about 5 min left, to block 60; less if there are verdicts earlier.",
      "Block 30, so far: H1 supported.",
    ]);
  });
});

it("says nothing at all when it isn't wanted", () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  const display = createDisplay(stream, { wanted: false, fixed: false });
  display.note("a");
  display.update(progress());
  display.stop();
  expect(stream.readableLength).toBe(0);
});

it("durations are words", () => {
  expect([0, 1499, 119_400, 150_000, 7_140_000, 9_000_000].map(duration)).toEqual([
    ...["0 s", "1 s", "119 s", "3 min", "119 min", "2 h 30 min"],
  ]);
});
