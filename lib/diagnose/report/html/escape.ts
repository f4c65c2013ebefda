import { partsOf, plain } from "../plain.js";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for HTML, between tags or in a quoted attribute. */
export function escaped(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Sentences for HTML: escaped, with their code as code. */
export function prose(text: string): string {
  return partsOf(text)
    .map((part) => (part.code ? `<code>${escaped(part.text)}</code>` : escaped(part.text)))
    .join("");
}
