import type { CellResult } from "./run-cell.js";

const WIDTHS = [36, 8, 10, 8, 8, 9, 8] as const;
const HEADERS = [
  "truth@design",
  "right %",
  "reference",
  "strict",
  "wrong %",
  "settled %",
  "blocks",
];

/** Columns of the table, as Markdown; docs/diagnosis-figures.md explains them. */
export function headerRow(): string {
  const rule = WIDTHS.map((width, i) =>
    i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return `${row(HEADERS)}\n|${rule.map((cell) => `-${cell}-`).join("|")}|`;
}

export function resultRow(result: CellResult, faults: readonly string[]): string {
  const { cell, runs, right, strict, wrong, wrongBy, settled, blocks } = result;
  const share = (count: number) => ((100 * count) / runs).toFixed(1);
  const cells = [
    cell.name,
    share(right),
    cell.reference === undefined ? "-" : String(cell.reference),
    cell.world.truth.right === "H3" ? share(strict) : "-",
    share(wrong),
    share(settled),
    blocks.toFixed(1),
  ];
  const by = Object.entries(wrongBy).map(([id, count]) => `${id} ${count}`);
  const notes = [...faults, by.length > 0 ? `wrong: ${by.join(", ")}` : ""];
  return `${row(cells)} ${notes.filter((note) => note !== "").join("; ")}`.trimEnd();
}

function row(cells: readonly string[]): string {
  const padded = cells.map((cell, i) =>
    i === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[i]!),
  );
  return `| ${padded.join(" | ")} |`;
}
