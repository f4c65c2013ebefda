// The watch on the GPU, over a stand-in for the driver's tool that prints what the tool prints.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { GpuSampler, parseSample, summarise } from "../../scripts/gpu/nvidia-smi.mjs";

const folder = mkdtempSync(join(tmpdir(), "steady-whisper-smi-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function standIn(name: string, script: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

describe("a line of nvidia-smi", () => {
  it("has numbers, and NaN for what isn't told", () => {
    expect(parseSample("37, 12, 1024")).toEqual({
      gpuPercent: 37,
      memoryPercent: 12,
      usedMiB: 1024,
    });
    expect(parseSample("[N/A], [N/A], 1024")).toEqual({
      gpuPercent: Number.NaN,
      memoryPercent: Number.NaN,
      usedMiB: 1024,
    });
    expect(parseSample("No devices were found")).toBeUndefined();
  });

  it("many are summed up by mean, 95th percentile and most, without those that tell nothing", () => {
    const samples = Array.from({ length: 21 }, (_, i) => ({
      gpuPercent: 5 * i,
      memoryPercent: Number.NaN,
      usedMiB: i === 0 ? Number.NaN : 100,
    }));
    expect(summarise(samples)).toEqual({
      samples: 21,
      gpuPercent: { mean: 50, p95: 95, max: 100 },
      memoryPercent: null,
      usedMiB: { mean: 100, p95: 100, max: 100 },
    });
  });
});

describe.skipIf(process.platform === "win32")("the sampler", () => {
  it("asks for the GPU that CUDA takes, and gives the samples of the spans that are asked for", async () => {
    const asked = join(folder, "asked");
    const command = standIn(
      "works",
      `echo "$@" >${asked}; i=0; while [ $i -lt 40 ]; do echo "$i, 1, 512"; i=$((i + 1)); sleep 0.02; done; sleep 60`,
    );
    const sampler = await GpuSampler.start(command);
    try {
      const from = performance.now();
      await expect
        .poll(() => sampler.between([[0, Number.POSITIVE_INFINITY]]).samples, { timeout: 30_000 })
        .toBe(40);
      const to = performance.now();
      const all = sampler.between([[0, to]]);
      expect(all).toMatchObject({
        gpuPercent: { max: 39 },
        usedMiB: { mean: 512, p95: 512, max: 512 },
      });
      // Its start waits for the first line: that came before.
      expect(sampler.between([[from, to]]).samples).toBeLessThan(40);
      expect(
        sampler.between([
          [0, from],
          [from, to],
        ]).samples,
      ).toBe(40);
    } finally {
      sampler.stop();
    }
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(asked, "utf8")).toContain("--id=0 --query-gpu=utilization.gpu,");
  }, 60_000);

  it.each([
    ["that isn't there", () => join(folder, "absent"), /absent: not found/],
    [
      "that finds no GPU",
      () => standIn("none", 'echo "No devices were found"; exit 6'),
      /code 6: No devices were found/,
    ],
    ["that fails", () => standIn("fails", 'echo "no driver" >&2; exit 9'), /code 9: no driver/],
  ])("says why there are no samples: a tool %s", async (_, make, why) => {
    const sampler = await GpuSampler.start(make());
    sampler.stop();
    const said = sampler.between([[0, Number.POSITIVE_INFINITY]]);
    expect(said).toMatchObject({ samples: 0, notSampled: expect.stringMatching(why) });
  });
});
