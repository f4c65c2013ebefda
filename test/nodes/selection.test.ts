import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { selection } from "../../scripts/test-nodes/selection.mjs";

// Vitest takes names as filters: one that fits nothing selects nothing, without a word.
it.each([...new Set(Object.values(selection).flat())])(
  "%s, which runs on each Node, is there",
  (file) => {
    expect(existsSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)))).toBe(true);
  },
);
