// What a report says: the figures of the diagnosis, in every format.

import { describe, expect, it } from "vitest";
import { HYPOTHESES } from "../../../lib/diagnose/diagnosis.js";
import { formatDiagnosis } from "../../../lib/diagnose/report/index.js";
import { sampleDiagnosis } from "./sample.js";
import { longLog, originalLog } from "./sample-log.js";

const slow = sampleDiagnosis();
const steady = sampleDiagnosis({ slowdown: 1, seed: 2 });

describe("an experiment", () => {
  it.each(["html", "markdown"] as const)("is told in full as %s", async (format) => {
    const report = await formatDiagnosis(slow, format);
    for (const sentence of slow.summary) expect(text(report)).toContain(sentence);
    for (const id of HYPOTHESES) expect(report).toContain(id);
    for (const word of ["● supported", "○ refuted", "◐ undetermined"]) {
      expect(text(report)).toContain(word);
    }
    for (const { title } of slow.remedies) expect(text(report)).toContain(title);
    for (const { name } of slow.settings.clips) expect(text(report)).toContain(name);
    expect(text(report)).toContain("x1.25 [1.20, 1.30]");
    expect(text(report)).toContain("steady-whisper diagnose --model models/ggml-small-q5_1.bin");
    expect(text(report)).toContain("About 18 more blocks with clips of two windows.");
  });

  it("says of the charts what the data show, not always the same", async () => {
    const [one, other] = [
      text(await formatDiagnosis(slow, "markdown")),
      text(await formatDiagnosis(steady, "markdown")),
    ];
    const slowest =
      /the slowest way to run a job is “(.+?)” at x(\d\.\d+) of the expected time, the quickest “(.+?)” at x(\d\.\d+)/;
    const [, name, high, , low] = slowest.exec(one) ?? [];
    expect(name).toMatch(/^state kept/);
    expect(Number(high) / Number(low)).toBeGreaterThan(1.2);
    const [, , steadyHigh, , steadyLow] = slowest.exec(other) ?? [];
    expect(Number(steadyHigh) / Number(steadyLow)).toBeLessThan(1.1);
    expect(one).toContain("3 show a slowdown, 5 rule one out");
    expect(other).toContain("0 show a slowdown, 8 rule one out");
  });

  it("shows each arm, each comparison and memory in charts with descriptions", async () => {
    const html = await formatDiagnosis(slow, "html");
    const charts = [...html.matchAll(/<svg[^>]*role="img"[^>]*>/g)].map(([tag]) => tag);
    console.log(`${charts.length} charts, ${Math.round(html.length / 1024)} KiB`);
    // Seven arms, effects, memory, order of the run, and length of the audio before and after.
    expect(charts).toHaveLength(12);
    for (const tag of charts) expect(tag).toMatch(/aria-label="[^"]{20,}"/);
    expect(html).toContain("var(--series-1)");
  });

  it("fits a terminal as text, and names the files that have more", async () => {
    const reports = ["/somewhere/with a long/path".repeat(6)];
    const lines = (await formatDiagnosis(slow, "text", { reports })).split("\n");
    expect(lines[0]).toMatch(/^Transcription gets slower here/);
    expect(lines.filter((line) => line.length > 100)).toEqual([`Report: ${reports[0]}`]);
    for (const id of HYPOTHESES)
      expect(lines.some((line) => line.startsWith(`  ${id}  `))).toBe(true);
    expect(lines.some((line) => line.includes("Reset the state after every job"))).toBe(true);
  });
});

describe("a log", () => {
  it("of the original two jobs: no evidence, the constant cost, the jobs that it takes", async () => {
    for (const format of ["html", "markdown", "text"] as const) {
      const report = text(await formatDiagnosis(originalLog(), format));
      expect(report).toContain("No evidence that jobs get slower");
      expect(report).toContain("– no evidence");
      expect(report).toContain("2.66 s + 1.51 s per second of audio");
      expect(report).toMatch(/The same clip, fresh and aged, side by side\D+9\D+15/);
    }
  });

  it("of many jobs: the trend in words, and restarts in the charts", async () => {
    const html = await formatDiagnosis(longLog(), "html");
    const [, factor] = /took x([\d.]+) of the younger half \(5 lives of workers\)/.exec(html) ?? [];
    expect(Number(factor)).toBeGreaterThan(1.2);
    expect(html).toContain("a worker starts or restarts");
    expect(html.match(/stroke-dasharray="3 4"/g)?.length).toBe(2);
  });
});

/** Without tags, entities and escapes. */
function text(report: string): string {
  return report
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replace(/\\(.)/g, "$1")
    .replace(/ +/g, " ");
}
