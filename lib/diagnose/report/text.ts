import type { Block, Cell, Column, ReportDocument, Table } from "./document.js";
import { plain } from "./plain.js";
import { columnsOf, padded, wrapped } from "./text-layout.js";
import { SYMBOLS } from "./verdict-words.js";

/** Columns of the terminals that it is for. */
const WIDTH = 100;

/** The short of a report, in lines of at most 100 columns, as far as single words allow. */
export function toText(report: ReportDocument, reports: readonly string[]): string {
  const parts = [
    wrapped(report.verdict, WIDTH).join("\n"),
    ...report.summary.map((sentence) => wrapped(sentence, WIDTH).join("\n")),
    ...report.sections
      .filter(({ brief }) => brief)
      .map(({ title, blocks }) => [title, ...blocks.map(blockText)].join("\n")),
    wrapped(report.facts.join("; "), WIDTH).join("\n"),
  ];
  // A path is never broken: it is to be copied.
  if (reports.length > 0) parts.push(reports.map((file) => `Report: ${plain(file)}`).join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function blockText(block: Block): string {
  const indent = (text: string) => wrapped(text, WIDTH - 2).map((line) => `  ${line}`);
  switch (block.kind) {
    case "paragraph":
      return indent(block.text).join("\n");
    case "list":
      return block.items.flatMap(indent).join("\n");
    case "heading":
      return block.text;
    case "code":
      return `  ${plain(block.text)}`;
    case "table":
      return tableText(block);
    case "figure":
      return indent(block.sees).join("\n");
  }
}

function tableText({ columns, rows }: Table): string {
  const shown = columns.flatMap((column, i) => (column.wide ? [] : [i]));
  const heads = shown.map((i) => columns[i] as Column);
  const cells = rows.map((row) => shown.map((i) => cellText(row[i] ?? "")));
  const titles = heads.map(({ title }) => title);
  const widths = columnsOf([titles, ...cells], WIDTH - 2);
  const lines = [titles, ...cells].flatMap((row) => {
    const wrappedCells = row.map((text, i) => wrapped(text, widths[i] ?? 1));
    const height = Math.max(...wrappedCells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      wrappedCells
        .map((parts, i) => padded(parts[line] ?? "", widths[i] ?? 1, heads[i]?.numeric ?? false))
        .join("  ")
        .trimEnd(),
    );
  });
  return lines.map((line) => `  ${line}`).join("\n");
}

function cellText(cell: Cell): string {
  return typeof cell === "string" ? plain(cell) : `${SYMBOLS[cell.verdict]} ${cell.verdict}`;
}
