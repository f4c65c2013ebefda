// Reports in a real browser: they open from disk, silently, ask for nothing, and can be read by anybody on any screen.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatDiagnosis } from "../../../lib/diagnose/report/index.js";
import { CHROMIUM, hasChromium, launch, open } from "./browser.js";
import { hostile } from "./hostile.js";
import { isOwned, looksOfPage, problemsOfPage, unreachable } from "./page-checks.js";
import { sampleDiagnosis } from "./sample.js";
import { longLog, originalLog } from "./sample-log.js";

const reports = {
  "a slowdown": sampleDiagnosis(),
  "no slowdown, and memory that grows": sampleDiagnosis({ slowdown: 1, leakBytes: 600_000 }),
  "two blocks": sampleDiagnosis({ blocks: 2 }),
  "texts that try to be more": hostile(sampleDiagnosis({ blocks: 6 })),
  "the log of two jobs": originalLog(),
  "a log of 500 jobs": longLog(),
  "a log of texts that try to be more": hostile(longLog(40)),
};
type Name = keyof typeof reports;
const names = Object.keys(reports) as Name[];

const where = hasChromium ? "in Chromium" : `in Chromium, which isn't at ${CHROMIUM}`;

describe.runIf(hasChromium || process.env.CI)(`a report ${where}`, () => {
  let browser: Browser;
  let folder: string;
  const fileOf = (name: Name) => join(folder, `${names.indexOf(name)} ü #1.html`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "steady-whisper-report-"));
    for (const name of names) {
      await writeFile(fileOf(name), await formatDiagnosis(reports[name], "html"));
    }
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  describe.each(names)("of %s", (name) => {
    it.each([
      { colorScheme: "light", width: 1200 },
      { colorScheme: "dark", width: 1200 },
      { colorScheme: "light", width: 360 },
      { colorScheme: "dark", width: 700 },
    ] as const)("$colorScheme, $width px wide", async (options) => {
      const { page, url, said, requests } = await open(browser, fileOf(name), options);
      try {
        expect(await page.evaluate(problemsOfPage)).toEqual([]);
        const { ground } = await page.evaluate(looksOfPage);
        expect(ground).toBe(
          options.colorScheme === "light" ? "rgb(251, 251, 250)" : "rgb(21, 24, 27)",
        );
        expect(await page.evaluate(isOwned)).toBe(false);
        expect(said).toEqual([]);
        expect(requests).toEqual([url]);
      } finally {
        await page.close();
      }
    });

    it("prints light, whole and on more than an empty page", async () => {
      const { page, said, requests, url } = await open(browser, fileOf(name), {
        ...{ colorScheme: "dark", width: 720 },
      });
      try {
        const pdf = await page.pdf({ format: "A4", margin: { left: "15mm", right: "15mm" } });
        expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
        expect(pdf.length).toBeGreaterThan(20_000);
        await page.emulateMedia({ media: "print" });
        expect(await page.evaluate(problemsOfPage)).toEqual([]);

        expect(await page.evaluate(looksOfPage)).toEqual({
          ...{ ground: "rgb(255, 255, 255)", text: "rgb(0, 0, 0)", contents: "none" },
        });
        expect(said).toEqual([]);
        expect(requests).toEqual([url]);
      } finally {
        await page.close();
      }
    });
  });

  it("can be moved through with the keyboard: what scrolls can be reached", async () => {
    const { page } = await open(browser, fileOf("a slowdown"), { width: 360 });
    try {
      expect(await page.evaluate(unreachable)).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it("the checks see what is wrong", async () => {
    const page = await browser.newPage();
    try {
      await page.setContent(
        `<h1>A</h1><h3>B</h3><p style="color:#999">pale</p><a href="#nowhere">x</a><table><tr><th>c</th></tr></table>
         <svg class="chart" width="50"><text x="0" y="20">wide label</text><text x="5" y="20">label</text></svg>
         <div style="width:3000px">wide</div>`,
      );
      const found = (await page.evaluate(problemsOfPage)).join("\n");
      for (const problem of [
        ...["leads nowhere", "level 3 follows", "no caption", "no scope", "no name"],
        ...["no language", "sideways", "contrast 2.8: pale", "cut off", "covers"],
      ]) {
        expect(found).toContain(problem);
      }
    } finally {
      await page.close();
    }
  });
});
