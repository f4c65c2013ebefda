#!/usr/bin/env node
// Takes the pictures of a diagnosis' report that the docs show, light and dark, in a headless Chromium.
//
//   node scripts/report-screenshots.mjs REPORT.html [FOLDER] [--width PX] [--height PX] [--whole]
//
// Default: docs/images, 1000 px wide, the first 2150 px of the page. CHROMIUM_PATH names another browser than /usr/bin/chromium.

import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { root } from "./native/paths.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: "string", default: "1000" },
    height: { type: "string", default: "2150" },
    whole: { type: "boolean", default: false },
  },
});
const [report, folder = path.join(root, "docs/images")] = positionals;
if (report === undefined) {
  console.error("usage: node scripts/report-screenshots.mjs REPORT.html [FOLDER]");
  process.exit(2);
}

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
});
try {
  for (const colorScheme of ["light", "dark"]) {
    const viewport = { width: Number(values.width), height: Number(values.height) };
    const page = await browser.newPage({ colorScheme, viewport });
    await page.goto(pathToFileURL(path.resolve(report)).href);
    const file = path.join(folder, `diagnosis-${colorScheme}.png`);
    await page.screenshot({ path: file, fullPage: values.whole });
    console.log(`${file}: ${Math.round((await stat(file)).size / 1024)} KiB`);
    await page.close();
  }
} finally {
  await browser.close();
}
