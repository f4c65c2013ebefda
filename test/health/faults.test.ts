// Faults on demand exist in one build alone; there they are felt, and cured by the reset of the rung that they live in.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WhisperContext, WhisperPool } from "../../lib/index.js";
import { feltAndCured, told } from "../../scripts/faults/cures.mjs";
import { FaultFile } from "../../scripts/faults/fault-file.mjs";
import { addon, faultyPool } from "../../scripts/faults/pool.mjs";
import { audioPath } from "../support/micro.js";
import { withState } from "../support/outcome.js";

const usual =
  process.env.STEADY_WHISPER_ADDON ??
  fileURLToPath(new URL("../../build/Release/steady_whisper.node", import.meta.url));

const STEP = { kind: "cpu", course: "step", magnitude: 2 };
const CLIP = audioPath("en-00.wav");

/** Of each phase. */
const JOBS = 12;

describe("the usual build", () => {
  it("holds nothing of them, the build for tests does", () => {
    const traces = ["STEADY_FAULT_FILE", "injectedMs", "FaultHost", "JobFaults", "nlohmann"];
    const found = (file: string) => {
      const bytes = readFileSync(file);
      return traces.filter((text) => bytes.includes(text));
    };
    expect(found(usual)).toEqual([]);
    expect(found(addon)).toEqual(traces);
  });

  describe("with a fault's file in the environment", () => {
    const folder = mkdtempSync(join(tmpdir(), "steady-whisper-no-faults-"));
    const file = join(folder, "fault.json");
    beforeAll(() => {
      writeFileSync(file, JSON.stringify({ ...STEP, lives: "state" }));
      process.env.STEADY_FAULT_FILE = file; // before the addon is loaded
    });
    afterAll(() => {
      delete process.env.STEADY_FAULT_FILE;
      rmSync(folder, { recursive: true, force: true });
    });

    it("takes no notice in this process", async () => {
      const context = await WhisperContext.create(undefined, { backend: "cpu" });
      try {
        const { timing } = await withState(context, (state) => state.transcribe(CLIP));
        expect(timing).not.toHaveProperty("injectedMs");
        expect(existsSync(file)).toBe(true);
      } finally {
        await context.free();
      }
    });

    it("takes no notice in an engine's process", async () => {
      const env = { STEADY_WHISPER_ADDON: usual, STEADY_FAULT_FILE: file };
      await using pool = await WhisperPool.create({ backend: "cpu", slots: 1, engine: { env } });
      const { timing } = await pool.transcribe(CLIP);
      expect(timing).not.toHaveProperty("injectedMs");
      expect(existsSync(file)).toBe(true);
    });
  });
});

describe("a fault that doubles CPU time", () => {
  it.each([
    ["state", 1],
    ["context", 2],
    ["engine", 2],
  ])("in a %s is felt in %i of two slots, and cured by that rung alone", async (lives, slots) => {
    const figures = await feltAndCured({ ...STEP, lives }, JOBS);
    console.log(`${lives}: ${told(figures)}`);
    const { healthy, ill, still, cured } = figures;
    expect(figures.claimed).toBe(true);
    expect(healthy.suffering).toBe(0);
    for (const phase of [ill, still]) {
      expect(phase.slots).toHaveLength(slots);
      expect(phase.injected).toBeCloseTo(2, 1);
      // What jobs show of it: other programs have their share in that.
      expect(phase.ratio).toBeGreaterThan(1.4);
    }
    // With both slots ill, each job is.
    expect(slots === 1 || ill.suffering === JOBS).toBe(true);
    expect(cured.suffering).toBe(0);
    expect(cured.ratio).toBeLessThan(0.8 * ill.ratio);
  });
});

describe("a fault's file that makes no sense", () => {
  it("fails jobs, so that no run goes on without its fault", async () => {
    const file = new FaultFile();
    const pool = await faultyPool(file, { slots: 1 });
    try {
      file.write({ ...STEP, lives: "slot" });
      await expect(pool.transcribe(CLIP)).rejects.toMatchObject({
        code: "ERR_WHISPER_INVALID_ARG",
        message: expect.stringContaining('lives is "slot"'),
      });
    } finally {
      await pool.close();
      file.remove();
    }
  });
});
