import { getMaxListeners, setMaxListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { onAbort } from "../../lib/audio/abort.js";
import { runInChild } from "../support/child.js";
import { testAudio } from "./fixtures.js";

describe("one signal", () => {
  it("serves any number of calls at once, without a warning of Node's", async () => {
    const { code, stderr, reports } = await runInChild(
      async ({ lib, report }, path: string) => {
        const { signal } = new AbortController();
        const loads = Array.from({ length: 30 }, () => lib.loadAudio(path, { signal }));
        report((await Promise.all(loads)).length);
      },
      { args: testAudio("en-00.wav") },
    );
    expect({ code, stderr, reports }).toEqual({ code: 0, stderr: "", reports: [30] });
  });

  it("holds thousands of listeners", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on("warning", listen);
    const { signal } = new AbortController();
    for (let count = 0; count < 3000; count++) onAbort(signal, () => {});
    await nextTurn();
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  it("keeps a limit of listeners that its owner has set", () => {
    const { signal } = new AbortController();
    setMaxListeners(5, signal);
    onAbort(signal, () => {})();
    expect(getMaxListeners(signal)).toBe(5);
  });
});
