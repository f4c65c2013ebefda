import type {
  Block,
  Cell,
  Column,
  FigureBlock,
  LegendEntry,
  Table,
  VerdictCell,
} from "../document.js";
import { css } from "../document.js";
import { SYMBOLS } from "../verdict-words.js";
import { drawn } from "./draw.js";
import { escaped, prose } from "./escape.js";

export function blockHtml(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return `<p>${prose(block.text)}</p>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${prose(item)}</li>`).join("")}</ul>`;
    case "heading":
      return `<h3>${escaped(block.text)}${block.verdict ? ` ${verdictHtml(block.verdict)}` : ""}</h3>`;
    case "code":
      return `<pre tabindex="0"><code>${escaped(block.text)}</code></pre>`;
    case "table":
      return tableHtml(block);
    case "figure":
      return figureHtml(block);
  }
}

/** What scrolls sideways where there is no room can be reached with the keyboard, and has a name. */
function scrolling(name: string, content: string): string {
  return `<div class="scroll" role="group" tabindex="0" aria-label="${escaped(name)}">${content}</div>`;
}

/** Columns that even a phone has room for. */
const NARROW = 3;

function tableHtml({ caption, columns, rows }: Table): string {
  const heads = columns.map((column) => {
    const { title } = column;
    const name = title === "" ? `<span class="unseen">Number</span>` : escaped(title);
    return `<th scope="col"${classOf(column)}>${name}</th>`;
  });
  const lines = rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0
        ? `<th scope="row"${classOf(columns[i])}>${cellHtml(cell)}</th>`
        : `<td${classOf(columns[i])}>${cellHtml(cell)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  return scrolling(
    caption,
    `<table${columns.length > NARROW ? ` class="broad"` : ""}><caption>${escaped(caption)}</caption><thead><tr>${heads.join("")}</tr></thead>\n<tbody>${lines.join("\n")}</tbody></table>`,
  );
}

function classOf(column: Column | undefined): string {
  const { numeric = false, whole = false, data = false } = column ?? {};
  const name = numeric ? "number" : whole ? "whole" : data ? "data" : "";
  return name === "" ? "" : ` class="${name}"`;
}

function cellHtml(cell: Cell): string {
  return typeof cell === "string" ? prose(cell) : verdictHtml(cell);
}

function verdictHtml({ verdict, tone }: VerdictCell): string {
  return `<span class="badge ${tone}"><span aria-hidden="true">${SYMBOLS[verdict]}</span> ${verdict}</span>`;
}

function figureHtml({ title, sees, reading, legend, charts }: FigureBlock): string {
  const several = charts.length > 1;
  const parts = charts.map((chart) => {
    const drawing = drawn(chart);
    const content = drawing.includes(`class="chart wide"`)
      ? scrolling(chart.title, drawing)
      : drawing;
    const name = several ? `<p class="chart-title">${escaped(chart.title)}</p>` : "";
    return `<div class="panel">${name}${content}</div>`;
  });
  const keys = legend.length === 0 ? "" : `<ul class="legend">${legend.map(keyHtml).join("")}</ul>`;
  return `<figure>
<figcaption><h3>${escaped(title)}</h3><p class="sees">${escaped(sees)}</p></figcaption>
${keys}
<div class="panels">${parts.join("\n")}</div>
<p class="reading">${escaped(reading)}</p>
</figure>`;
}

const KEYS: Readonly<Record<LegendEntry["mark"], string>> = {
  dot: `<circle cx="9" cy="6" r="4" fill="currentColor"/>`,
  line: `<path d="M0 6H18" stroke="currentColor" stroke-width="2"/>`,
  band: `<path d="M0 6H18" stroke="currentColor" stroke-width="6" stroke-opacity="0.4"/>`,
  dashes: `<path d="M0 6H18" stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3"/>`,
};

function keyHtml({ mark, colour, text }: LegendEntry): string {
  const key = `<svg width="18" height="12" aria-hidden="true" style="color:${css(colour)}">${KEYS[mark]}</svg>`;
  return `<li>${key} ${escaped(text)}</li>`;
}
