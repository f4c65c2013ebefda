import type { ReportDocument } from "../document.js";
import { blockHtml } from "./blocks.js";
import { escaped, prose } from "./escape.js";
import { STYLE } from "./style.js";

/** Nothing but the page's own style may be used: no script, no image, no request. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** One HTML file that needs nothing else. */
export function toHtml(report: ReportDocument): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(report.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#report">To the report</a>
<header>
<p class="name">steady-whisper diagnose</p>
<h1>${escaped(report.title)}</h1>
<p class="facts">${report.facts.map((fact) => `<span>${escaped(fact)}</span>`).join(" ")}</p>
</header>
<main id="report">
<section class="verdict ${report.tone}" aria-label="Verdict">
<p class="first">${prose(report.verdict)}</p>
${report.summary.map((sentence) => `<p>${prose(sentence)}</p>`).join("\n")}
</section>
${contents(report)}
${report.sections
  .map(
    ({ id, title, blocks }) => `<section id="${escaped(id)}" aria-labelledby="${escaped(id)}-title">
<h2 id="${escaped(id)}-title">${escaped(title)}</h2>
${blocks.map(blockHtml).join("\n")}
</section>`,
  )
  .join("\n")}
</main>
</body>
</html>
`;
}

function contents({ sections }: ReportDocument): string {
  const links = sections.map(
    ({ id, title }) => `<li><a href="#${escaped(id)}">${escaped(title)}</a></li>`,
  );
  return `<nav aria-label="Contents"><ul>${links.join("")}</ul></nav>`;
}
