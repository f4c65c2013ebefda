import type { Block, Cell, ReportDocument, Table } from "./document.js";
import { partsOf, plain } from "./plain.js";
import { SYMBOLS } from "./verdict-words.js";

/** GitHub's Markdown, with what figures show in words. */
export function toMarkdown(report: ReportDocument): string {
  const parts = [
    `# ${inline(report.title)}`,
    `**${inline(report.verdict)}**`,
    ...report.summary.map(inline),
    report.facts.map(inline).join(" · "),
    ...report.sections.flatMap(({ title, blocks }) => [
      `## ${inline(title)}`,
      ...blocks.map(blockText),
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return inline(block.text);
    case "list":
      return block.items.map((item) => `- ${inline(item)}`).join("\n");
    case "heading":
      return `### ${inline(block.text)}${block.verdict ? `: ${cellText(block.verdict)}` : ""}`;
    case "code":
      return fenced(plain(block.text));
    case "table":
      return tableText(block);
    case "figure":
      return `### ${inline(block.title)}\n\n${inline(block.sees)}`;
  }
}

function tableText({ caption, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `*${inline(caption)}*`,
    "",
    line(columns.map(({ title }) => inline(title))),
    line(columns.map(({ numeric }) => (numeric ? "---:" : "---"))),
    ...rows.map((row) => line(row.map(cellText))),
  ].join("\n");
}

function cellText(cell: Cell): string {
  return typeof cell === "string" ? inline(cell) : `${SYMBOLS[cell.verdict]} ${cell.verdict}`;
}

/** What means something to Markdown anywhere in a line: emphasis, links, code, HTML, entities, tables, mathematics. */
const MEANT = /[\\`*_[\]<>|~&$]/g;
/** What means something at the start of a line: headings, lists, rules, underlines of headings. */
const AT_START = /^(\s*)([#+=-]|\d+(?=[.)](\s|$)))/;

/** Text as it is, on one line, with its code as code. */
function inline(text: string): string {
  return partsOf(text)
    .map((part, i) => (part.code ? `\`${part.text}\`` : asItIs(part.text, i === 0)))
    .join("");
}

/** A digit can't be escaped; the point after it can. */
function asItIs(text: string, first: boolean): string {
  const unmarked = text.replace(MEANT, "\\$&");
  const started = first
    ? unmarked.replace(AT_START, (_match, space: string, start: string) =>
        /\d/.test(start) ? `${space}${start}\\` : `${space}\\${start}`,
      )
    : unmarked;
  return started.replace(/(https?|ftp):\/\/|www\.|@/gi, unlinked);
}

/** GitHub makes links of addresses and mentions of names: an entity for one character keeps them text. */
function unlinked(match: string): string {
  return match.replace(/[:.@]/, (character) => `&#${character.charCodeAt(0)};`);
}

/** Longer than any run of back ticks in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}sh\n${text}\n${fence}`;
}
