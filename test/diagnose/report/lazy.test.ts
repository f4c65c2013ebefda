// Only HTML needs the charting library.

import { expect, it, vi } from "vitest";
import { formatDiagnosis } from "../../../lib/diagnose/report/index.js";
import { sampleDiagnosis } from "./sample.js";

vi.mock("@observablehq/plot", () => {
  throw new Error("loaded");
});

it("the charting library is loaded for HTML alone", async () => {
  const diagnosis = sampleDiagnosis({ blocks: 4 });
  for (const format of ["json", "markdown", "text"] as const) {
    await expect(formatDiagnosis(diagnosis, format)).resolves.toContain("gets slower here");
  }
  await expect(formatDiagnosis(diagnosis, "html")).rejects.toThrow();
});
