import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

const MIB = Number(process.env.LOG_MIB ?? 256);

it(`a log of ${MIB} MiB is judged in bounded memory`, () => {
  const script = new URL("huge.mjs", import.meta.url).pathname;
  const args = ["--expose-gc", script, String(MIB)];
  const output = execFileSync(process.execPath, args, { encoding: "utf8" });
  console.log(output);
  const { bytes, lines, jobs, grownMib } = JSON.parse(output);
  expect(bytes).toBeGreaterThan(0.99 * MIB * 2 ** 20);
  expect(jobs).toEqual({ found: MIB, kept: MIB, incomplete: 0 });
  expect(lines.worker).toBeGreaterThanOrEqual(3 * MIB);
  expect(grownMib).toBeLessThan(150);
});
