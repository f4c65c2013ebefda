// A service that imports the package pays nothing for the diagnosis until it asks for one.

import { expect, it, vi } from "vitest";

const HEAVY = vi.hoisted(() => () => {
  throw new Error("loaded");
});
vi.mock("../../lib/diagnose/analysis/analyse.js", HEAVY);
vi.mock("../../lib/diagnose/experiment/run.js", HEAVY);
vi.mock("../../lib/diagnose/log/read-log.js", HEAVY);
vi.mock("../../lib/diagnose/report/document.js", HEAVY);

it("is loaded when it is asked for, not with the package or its command", async () => {
  await import("../../lib/cli/program.js");
  const { diagnose, diagnoseLog, formatDiagnosis } = await import("../../lib/index.js");
  await expect(diagnose()).rejects.toThrow();
  await expect(diagnoseLog("a.log")).rejects.toThrow();
  await expect(formatDiagnosis({ kind: "log" } as never, "text")).rejects.toThrow();
});
