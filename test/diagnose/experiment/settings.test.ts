import { describe, expect, it } from "vitest";
import { diagnose } from "../../../lib/diagnose/diagnose.js";
import { diagnoseSettings } from "../../../lib/diagnose/experiment/settings.js";

describe("options of diagnose()", () => {
  it.each<[string, unknown]>([
    ["options", 5],
    ["options", { unknown: 1 }],
    ["blocks", { blocks: 3 }],
    ["blocks", { blocks: 4.5 }],
    ["maxBlocks", { maxBlocks: 11 }],
    ["timeLimitMinutes", { timeLimitMinutes: 0 }],
    ["compareWith", { compareWith: "" }],
    ["threads", { threads: 0 }],
    ["seed", { seed: 2 ** 31 }],
    ["journal", { journal: 1 }],
    ["resume", { resume: true }],
    ["resume", { resume: 1 }],
    ["signal", { signal: {} }],
    ["onProgress", { onProgress: 1 }],
    ["audio", { audio: [] }],
    ["audio", { audio: ["a.wav", 1] }],
    ["audio", { audio: "a\0" }],
    ["model", { model: 5 }],
    ["backend", { backend: "abacus" }],
    ["engine.stallMs", { engine: { stallMs: 1 } }],
    ["beamSize", { options: { beamSize: 9 } }],
    ["options", { options: { maxTextContext: 0 } }],
    ["options", { options: { threads: 1 } }],
    ["options", { options: { offsetMs: 1 } }],
    ["options", { options: { sampleRate: 16_000 } }],
  ])("are checked: %s of %o", async (argument, options) => {
    await expect(diagnose(options as never)).rejects.toMatchObject({
      ...{ code: "ERR_WHISPER_INVALID_ARG", argument },
    });
  });

  it("that throw when they are read are wrong ones", async () => {
    const options = {
      get model(): string {
        throw new Error("the caller's");
      },
    };
    await expect(diagnose(options)).rejects.toMatchObject({
      ...{ code: "ERR_WHISPER_INVALID_ARG", argument: "options" },
    });
  });

  it("have defaults", () => {
    const settings = diagnoseSettings({});
    expect(settings).toMatchObject({
      ...{ modelName: "micro", blocks: undefined, maxBlocks: 60, resume: false, given: {} },
      ...{ timeLimitMs: Number.POSITIVE_INFINITY, seed: undefined, journal: undefined },
    });
    expect(settings.audio).toHaveLength(10);
  });
});
