import type * as Plot from "@observablehq/plot";
import type { PlotOptions } from "@observablehq/plot";
import type { Tone, VerdictWord } from "./verdict-words.js";

/** What a report says, whatever it is written as: the formats only differ in how they show it. */
export interface ReportDocument {
  readonly title: string;
  /** One sentence that a person acts on, and how it is meant to feel. */
  readonly verdict: string;
  readonly tone: Tone;
  /** More sentences of the summary. */
  readonly summary: readonly string[];
  /** A few facts under the title: when, how many jobs. */
  readonly facts: readonly string[];
  readonly sections: readonly Section[];
}

export interface Section {
  /** Unique in the document, fit for an anchor. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  /** Whether the short text for terminals has it as well. */
  readonly brief: boolean;
}

export type Block = Paragraph | List | Table | Heading | FigureBlock | CodeBlock;

export interface Paragraph {
  readonly kind: "paragraph";
  readonly text: string;
}

export interface List {
  readonly kind: "list";
  readonly items: readonly string[];
}

/** A heading below the section's, with a verdict where it is one of something that is judged. */
export interface Heading {
  readonly kind: "heading";
  readonly text: string;
  readonly verdict?: VerdictCell | undefined;
}

export interface CodeBlock {
  readonly kind: "code";
  readonly text: string;
}

export interface Table {
  readonly kind: "table";
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
  /** Short cells that are read as one: an estimate with its interval. */
  readonly whole?: boolean;
  /** Names, paths and the like, of any length and perhaps without a space. */
  readonly data?: boolean;
  /** Left out of the short text, whose lines have no room for it. */
  readonly wide?: boolean;
}

export type Cell = string | VerdictCell;

export interface VerdictCell {
  readonly verdict: VerdictWord;
  readonly tone: Tone;
}

/** One or several charts of the same kind, with what to see in them. Only HTML shows the charts. */
export interface FigureBlock {
  readonly kind: "figure";
  readonly title: string;
  /** Sentences from the data: what there is to see. */
  readonly sees: string;
  /** How to read it: what a point and a line are. */
  readonly reading: string;
  readonly legend: readonly LegendEntry[];
  readonly charts: readonly Chart[];
}

export interface LegendEntry {
  readonly mark: "dot" | "line" | "band" | "dashes";
  /** A CSS variable of the page: see {@link Colour}. */
  readonly colour: Colour;
  readonly text: string;
}

export interface Chart {
  /** Above the chart, where a figure has several. */
  readonly title: string;
  /** For those who don't see it. */
  readonly description: string;
  readonly options: (plot: typeof Plot) => PlotOptions;
}

/** The page defines them for light and dark, so that one chart serves both. */
export const COLOURS = [
  "--series-1",
  "--series-2",
  "--series-3",
  "--series-4",
  "--line",
  "--mark",
] as const;
export type Colour = (typeof COLOURS)[number];

/** As it is written in a chart. */
export function css(colour: Colour): string {
  return `var(${colour})`;
}

export const paragraph = (text: string): Paragraph => ({ kind: "paragraph", text });
export const list = (items: readonly string[]): List => ({ kind: "list", items });

/** Sentences in a row are read in one go, many of them one by one. */
const IN_A_ROW = 2;

export function sentences(says: readonly string[]): Block[] {
  if (says.length === 0) return [];
  return says.length <= IN_A_ROW ? [paragraph(says.join(" "))] : [list(says)];
}
