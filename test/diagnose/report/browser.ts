// A headless Chromium that opens files from disk, and writes down everything that a page says or asks for.

import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

export const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}

export interface Opened {
  readonly page: Page;
  readonly url: string;
  /** Messages of the console, errors and dialogs. */
  readonly said: string[];
  readonly requests: string[];
}

export async function open(
  browser: Browser,
  file: string,
  options: { colorScheme?: "light" | "dark"; width?: number } = {},
): Promise<Opened> {
  const { colorScheme = "light", width = 1200 } = options;
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  const url = pathToFileURL(file).href;
  const said: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    said.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url, { waitUntil: "load" });
  return { page, url, said, requests };
}
