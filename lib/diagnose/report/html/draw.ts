import * as Plot from "@observablehq/plot";
import { DOMImplementation, XMLSerializer, type Element as XmlElement } from "@xmldom/xmldom";
import type { Chart } from "../document.js";
import { WIDE } from "../figures/axes.js";
import { plain } from "../plain.js";

/** Numbers in attributes with more decimals than a screen has. */
const LONG_NUMBERS = /-?\d+\.\d{2,}/g;
/** Attributes that hold positions and sizes. */
const GEOMETRY = ["d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "transform", "width"];

/** The chart as an SVG element in HTML. Its colours are CSS variables of the page around it. */
export function drawn(chart: Chart): string {
  const document = new DOMImplementation().createDocument("http://www.w3.org/1999/xhtml", "html");
  // Plot is given all of a document that it uses; the types are those of a browser's.
  const svg = Plot.plot({
    ...chart.options(Plot),
    document: document as unknown as NonNullable<Plot.PlotOptions["document"]>,
  }) as unknown as XmlElement;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", plain(`${chart.title}. ${chart.description}`));
  svg.setAttribute("class", isWide(svg) ? "chart wide" : "chart");
  // The page's own style does for all charts, and hides nothing from those who can't see them: the label says it.
  for (const element of Array.from(svg.getElementsByTagName("style"))) svg.removeChild(element);
  for (const element of Array.from(svg.getElementsByTagName("*"))) slim(element);
  return new XMLSerializer().serializeToString(svg);
}

function isWide(svg: XmlElement): boolean {
  return Number(svg.getAttribute("width")) >= WIDE;
}

function slim(element: XmlElement): void {
  element.removeAttribute("aria-label");
  element.removeAttribute("aria-hidden");
  for (const name of GEOMETRY) {
    const value = element.getAttribute(name);
    if (value) element.setAttribute(name, value.replace(LONG_NUMBERS, shortened));
  }
}

function shortened(number: string): string {
  return `${Number(Number(number).toFixed(1))}`;
}
