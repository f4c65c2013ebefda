// The CPU backend is chosen from all of ggml's when the addon is loaded.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runInChild } from "../support/child.js";
import { reference } from "../support/micro.js";
import { AddonCopy, portableBuild } from "./support.js";

const words = reference("en-digits.wav").text;

describe.runIf(process.platform === "linux")("the CPU backend", () => {
  let copy: AddonCopy;
  beforeAll(() => {
    copy = new AddonCopy(portableBuild());
  }, 900_000);
  afterAll(() => copy.remove());

  const load = async (variant = "") => {
    const end = await runInChild(
      async ({ lib, outcome, report, samplesOf }) => {
        report(
          await outcome(
            (async () => {
              const { cpuVariant, cpuVariants, cpuFeatures } = lib.systemInfo();
              const context = await lib.WhisperContext.create(undefined, { backend: "cpu" });
              const state = await context.createState();
              const { text } = await state.transcribe(samplesOf("en-digits.wav"), { threads: 1 });
              return { cpuVariant, cpuVariants, cpuFeatures, text };
            })(),
          ),
        );
      },
      { env: { STEADY_WHISPER_ADDON: copy.addon, STEADY_WHISPER_CPU_VARIANT: variant } },
    );
    expect(end).toMatchObject({ code: 0, signal: null, stderr: "" });
    return end.reports[0] as {
      ok: boolean;
      code?: string;
      message?: string;
      value?: {
        cpuVariant: string;
        cpuVariants: { name: string; supported: boolean }[];
        cpuFeatures: string[];
        text: string;
      };
    };
  };

  it("is the best one that this CPU can run; each of those gives the same words", async () => {
    const { value } = await load();
    const { cpuVariant, cpuVariants = [] } = value ?? {};
    const supported = cpuVariants.filter(({ supported }) => supported).map(({ name }) => name);
    console.log(`chosen: ${cpuVariant}; can run: ${supported.join(", ")}`);
    expect(cpuVariants.length).toBeGreaterThan(2);
    expect(cpuVariant).toBe(supported[0]);
    expect(value?.text).toBe(words);
    for (const name of supported) {
      const forced = await load(name);
      expect([name, forced.value?.cpuVariant, forced.value?.text]).toEqual([name, name, words]);
    }
    // The least of them is for every CPU of this architecture.
    const least = await load(supported.at(-1));
    expect(least.value?.cpuFeatures).not.toEqual(value?.cpuFeatures);
  }, 300_000);

  it("that is named and isn't there is an error that names those that are", async () => {
    const { value } = await load();
    expect(await load("pentium")).toMatchObject({
      ok: false,
      code: "ERR_WHISPER_BACKEND_UNAVAILABLE",
    });
    expect((await load("pentium")).message).toContain(value?.cpuVariant);
    const unsupported = value?.cpuVariants.find(({ supported }) => !supported);
    if (unsupported) {
      expect(await load(unsupported.name)).toMatchObject({
        ok: false,
        code: "ERR_WHISPER_BACKEND_UNAVAILABLE",
      });
    }
  });

  it("that nobody can run is an error, and no abort", async () => {
    copy.keepCpuVariants();
    const { ok, code, message } = await load();
    expect([ok, code]).toEqual([false, "ERR_WHISPER_BACKEND_UNAVAILABLE"]);
    expect(message).toContain("no CPU backend could be loaded");
  });
});
