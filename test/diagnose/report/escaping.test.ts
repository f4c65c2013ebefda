// Whatever names and messages hold, a report shows it as text.

import { describe, expect, it } from "vitest";
import { formatDiagnosis } from "../../../lib/diagnose/report/index.js";
import { plain } from "../../../lib/diagnose/report/plain.js";
import { HOSTILE, hostile } from "./hostile.js";
import { sampleDiagnosis } from "./sample.js";
import { longLog } from "./sample-log.js";

const cases = [
  ["experiment", hostile(sampleDiagnosis({ blocks: 6 }))],
  ["log", hostile(longLog(40))],
] as const;

describe.each(cases)("hostile texts in a report of an %s", (_kind, diagnosis) => {
  it("HTML has no tag, attribute or comment of theirs", async () => {
    const html = await formatDiagnosis(diagnosis, "html");
    expect(html).toContain("&lt;script&gt;window.owned = 1&lt;/script&gt;");
    expect(html).not.toMatch(/<script|<img|<b>|onerror="|-->|\]\]>/i);
    expect(html.match(/<style/g)).toHaveLength(1);
    expect(html.match(/<\/title>/g)).toHaveLength(1);
    expect(html).not.toMatch(unseen);
  });

  it("Markdown has no link, image, HTML, heading or table cell of theirs", async () => {
    const markdown = await formatDiagnosis(diagnosis, "markdown");
    const prose = markdown.replace(/^```[\s\S]*?^```$/gm, "");
    expect(prose).toContain("\\<script\\>");
    expect(prose).not.toMatch(/(?<!\\)</);
    expect(prose).not.toMatch(/(?<!\\)\]\(/);
    expect(prose).not.toMatch(/https?:\/\/|@somebody/);
    expect(prose).not.toMatch(/^# heading|^- item$|^\|a\|b\|/m);
    expect(markdown).not.toMatch(unseen);
    const tables = prose.split("\n\n").filter((part) => part.includes("\n| --- |"));
    expect(tables.length).toBeGreaterThan(0);
    for (const table of tables) {
      const lines = table.split("\n").filter((line) => line.startsWith("|"));
      const cells = lines.map((line) => line.match(/(?<!\\)\|/g)?.length);
      expect(new Set(cells).size).toBe(1);
    }
  });

  it("text for terminals has no control character of theirs", async () => {
    const text = await formatDiagnosis(diagnosis, "text", { reports: [HOSTILE] });
    expect(text).not.toMatch(unseen);
    expect(text).toContain("日本語");
  });

  it("JSON keeps them as they are", async () => {
    const json = await formatDiagnosis(diagnosis, "json");
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(diagnosis)));
    expect(JSON.parse(json).summary).toEqual([HOSTILE, HOSTILE]);
  });
});

/** Control characters but line feeds, separators of lines, marks that reorder, halves of characters. */
const unseen = /(?!\n)\p{Cc}|[\u2028-\u202e]|\p{Cs}/u;

describe("code in sentences", () => {
  const { summary, ...rest } = sampleDiagnosis({ blocks: 2 });
  const sentence = "Run `steady-whisper diagnose`, `a|b` and `<b>`.";
  const diagnosis = { ...rest, summary: [...summary, sentence] };

  it("is code, if it is a plain name or command", async () => {
    const html = await formatDiagnosis(diagnosis, "html");
    expect(html).toContain("Run <code>steady-whisper diagnose</code>, `a|b` and `&lt;b&gt;`.");
    const markdown = await formatDiagnosis(diagnosis, "markdown");
    expect(markdown).toContain("Run `steady-whisper diagnose`, \\`a\\|b\\` and \\`\\<b\\>\\`.");
  });
});

describe("plain()", () => {
  it.each([
    ["a\tb\nc", "a b c"],
    ["\u001b[2Jx", "\uFFFD[2Jx"],
    ["\u202egnp", "\uFFFDgnp"],
    ["\ud800", "\uFFFD"],
    ["🎧 日本語 ü", "🎧 日本語 ü"],
    ["👩\u200d💻", "👩\u200d💻"],
  ])("%j becomes %j", (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it("cuts what no table has room for", () => {
    expect(plain("x".repeat(10_000))).toHaveLength(2001);
  });
});
