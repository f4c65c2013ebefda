// Reports of little, of much, and of odd numbers.

import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../../../lib/diagnose/diagnosis.js";
import type { LogDiagnosis } from "../../../lib/diagnose/log-diagnosis.js";
import { MOST_POINTS, thin } from "../../../lib/diagnose/report/figures/thin.js";
import { DIAGNOSIS_FORMATS, formatDiagnosis } from "../../../lib/diagnose/report/index.js";
import { interval, sampleDiagnosis } from "./sample.js";
import { longLog, originalLog } from "./sample-log.js";

const sample = sampleDiagnosis({ blocks: 8 });
const first = sample.measurements.slice(0, 1);

const little: [string, Diagnosis | LogDiagnosis][] = [
  [
    "an interruption before any job",
    {
      ...sample,
      ...{ stopped: "interrupted", blocks: 0, measurements: [], residuals: [], contrasts: [] },
      ...{ hypotheses: [], remedies: [], summary: [], jobs: { judged: 0, waited: 0, failed: 0 } },
      memory: { rssBytesPerJob: undefined, gpuBytesPerJob: undefined },
      device: { ...sample.device, utilisation: undefined, realTimeFactor: undefined, jobs: 0 },
    },
  ],
  ["one job", { ...sample, measurements: first, residuals: sample.residuals.slice(0, 1) }],
  ["jobs that all failed", failed(sample)],
  ["verdicts without effects", withoutEffects(sample)],
  ["numbers that aren't finite", unbounded(sample)],
  ["another model and GPU", other(sample)],
  ["a log without jobs", emptyLog()],
  ["a log of one job without a length", lengthless()],
];

describe.each(little)("a report of %s", (_what, diagnosis) => {
  it.each(DIAGNOSIS_FORMATS)("as %s", async (format) => {
    const report = await formatDiagnosis(diagnosis, format);
    expect(report.endsWith("\n")).toBe(true);
    if (format === "json") {
      expect(JSON.parse(report).kind).toBe(diagnosis.kind);
    } else {
      expect(report).not.toMatch(/\b(undefined|NaN|Infinity|null)\b|\[object/);
    }
  });
});

function failed(diagnosis: Diagnosis): Diagnosis {
  return {
    ...diagnosis,
    measurements: diagnosis.measurements.map((measurement) => ({
      ...measurement,
      ...{ error: "ERR_WHISPER_ENGINE_CRASHED", wallMs: 0, memory: {} },
    })),
    ...{ residuals: [], contrasts: [] },
  };
}

function withoutEffects(diagnosis: Diagnosis): Diagnosis {
  return {
    ...diagnosis,
    hypotheses: diagnosis.hypotheses.map((result) => ({
      ...result,
      ...{ effect: undefined, says: [], wouldSettle: undefined, verdict: "undetermined" },
      parts: result.parts.map((part) => ({ ...part, effect: undefined })),
    })),
    remedies: diagnosis.remedies.map((remedy) => ({
      ...remedy,
      ...{ price: undefined, gain: undefined, extraBytes: undefined },
    })),
  };
}

function unbounded(diagnosis: Diagnosis): Diagnosis {
  const odd = interval(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0.98);
  return {
    ...diagnosis,
    contrasts: diagnosis.contrasts.map((contrast) => ({ ...contrast, effect: odd })),
    hypotheses: diagnosis.hypotheses.map((result) => ({
      ...result,
      effect: { ...odd, unit: result.id === "H3" ? "bytes-per-job" : "factor", of: "" },
    })),
    memory: { rssBytesPerJob: odd, gpuBytesPerJob: odd },
    remedies: diagnosis.remedies.map((remedy) => ({ ...remedy, price: odd, gain: odd })),
    device: { ...diagnosis.device, utilisation: odd, realTimeFactor: odd },
    residuals: diagnosis.residuals.map(({ seq }) => ({ seq, total: Number.NaN, decode: 0 })),
  };
}

function other(diagnosis: Diagnosis): Diagnosis {
  return {
    ...diagnosis,
    settings: { ...diagnosis.settings, compareWith: "models/other one.bin", options: { big: 1n } },
    measurements: diagnosis.measurements.map((measurement) => ({
      ...measurement,
      arm: measurement.arm === "no-previous-text" ? "other" : measurement.arm,
      memory: { after: { rssBytes: 5e8, gpuUsedBytes: 2e9 } },
    })),
    device: {
      ...diagnosis.device,
      ...{ gpu: true, backend: "cuda", gpuSigns: ["/dev/nvidia0"] },
      speedup: interval(9.1, 8.7, 9.6, 0.9),
    },
  };
}

function emptyLog(): LogDiagnosis {
  return {
    ...originalLog(),
    jobs: { found: 0, kept: 0, incomplete: 0 },
    ...{ constantCost: undefined, findings: [], points: [], summary: [] },
  };
}

function lengthless(): LogDiagnosis {
  const log = originalLog();
  return {
    ...log,
    points: log.points
      .slice(0, 1)
      .map((point) => ({ ...point, audioSeconds: undefined, residual: undefined })),
  };
}

describe("10,000 jobs", () => {
  it("make no huge file, and no chart with more points than can be seen", async () => {
    const many = sampleDiagnosis({ blocks: 1430 });
    expect(many.measurements.length).toBeGreaterThan(10_000);
    const html = await formatDiagnosis(many, "html");
    const dots = html.split("<svg").map((chart) => chart.match(/<circle/g)?.length ?? 0);
    console.log(`${many.measurements.length} jobs: ${Math.round(html.length / 1024)} KiB`);
    expect(html.length).toBeLessThan(3 << 20);
    expect(Math.max(...dots)).toBeLessThanOrEqual(MOST_POINTS);
    const log = await formatDiagnosis(longLog(10_000), "html");
    expect(log.length).toBeLessThan(3 << 20);
  });

  it("are thinned evenly, from the first to the last", () => {
    const thinned = thin(Array.from({ length: 10_001 }, (_, i) => i));
    expect(thinned).toHaveLength(MOST_POINTS);
    expect([thinned[0], thinned.at(-1)]).toEqual([0, 10_000]);
    const steps = new Set(thinned.slice(1).map((item, i) => item - (thinned[i] as number)));
    expect([...steps].sort()).toEqual([5, 6]);
    expect(thin([1, 2, 3])).toEqual([1, 2, 3]);
  });
});

describe("formatDiagnosis()", () => {
  it.each([undefined, null, {}, { kind: "other" }, "text"])(
    "refuses %j as a diagnosis",
    async (given) => {
      await expect(formatDiagnosis(given as never, "text")).rejects.toMatchObject({
        ...{ code: "ERR_WHISPER_INVALID_ARG", argument: "diagnosis" },
      });
    },
  );

  it("refuses an unknown format", async () => {
    await expect(formatDiagnosis(sample, "pdf" as never)).rejects.toMatchObject({
      ...{ code: "ERR_WHISPER_INVALID_ARG", argument: "format" },
    });
  });

  it("gives the same for the same", async () => {
    for (const format of DIAGNOSIS_FORMATS) {
      expect(await formatDiagnosis(sample, format)).toBe(await formatDiagnosis(sample, format));
    }
  });
});
