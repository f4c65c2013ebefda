import { plain } from "../diagnose/report/plain.js";
import { type Finding, SECTIONS } from "./finding.js";

/** Columns of the terminals that it is for. */
const WIDTH = 100;
const LEVEL_WIDTH = "problem".length;

/** A report in aligned lines of at most 100 columns, as far as paths and commands allow. */
export function toText(findings: readonly Finding[]): string {
  const labelWidth = Math.max(...findings.map(({ about }) => about.length));
  const parts = SECTIONS.flatMap((section) => {
    const own = findings.filter((finding) => finding.section === section);
    if (own.length === 0) return [];
    const title = `${section[0]?.toUpperCase()}${section.slice(1)}`;
    return [[title, ...own.flatMap((finding) => lines(finding, labelWidth))].join("\n")];
  });
  return `${[...parts, whatToDo(findings)].join("\n\n")}\n`;
}

function lines({ level, about, what, why }: Finding, labelWidth: number): string[] {
  const head = `  ${level.padEnd(LEVEL_WIDTH)}  ${about.padEnd(labelWidth)}  `;
  return hanging(head, why === undefined ? what : `${what} ${why}`);
}

/** Problems come first; what helps against several is said once. */
function whatToDo(findings: readonly Finding[]): string {
  const abouts = new Map<string, Set<string>>();
  for (const wanted of ["problem", "note"]) {
    for (const { level, about, remedy } of findings) {
      if (level !== wanted || remedy === undefined) continue;
      abouts.set(remedy, (abouts.get(remedy) ?? new Set()).add(about));
    }
  }
  if (abouts.size === 0) return "What to do\n  Nothing: all is well.";
  const steps = [...abouts].map(([remedy, names]) => `${[...names].join(", ")}: ${remedy}`);
  const numbered = steps.flatMap((step, i) => hanging(`  ${`${i + 1}.`.padEnd(4)}`, step));
  return ["What to do", ...numbered].join("\n");
}

/** Commands and long words are to be copied: they are never broken. */
function hanging(head: string, text: string): string[] {
  const lines: string[] = [];
  let line = head;
  for (const word of plain(text).match(/(`[^`]*`|[^\s`])+/g) ?? []) {
    if (line.length > head.length && line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = " ".repeat(head.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
