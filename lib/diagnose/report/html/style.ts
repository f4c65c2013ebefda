/**
 * The page's style. Colours of series are from Okabe and Ito's palette, which people with any colour vision tell apart
 * (https://jfly.uni-koeln.de/color/); text and its ground have a contrast of at least 4.5 in both themes.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --raised: #ffffff; --text: #1c2024; --quiet: #565f68; --edge: #dcdfe2; --link: #00588f;
  --series-1: #d55e00; --series-2: #0072b2; --series-3: #009e73; --series-4: #b0568a; --line: #7a828a; --mark: #565f68;
  --act: #9c3d00; --act-ground: #fdeee4; --fine: #00654a; --fine-ground: #e3f4ee;
  --open: #4d5660; --open-ground: #eceef0; --note: #00588f; --note-ground: #e4f0f8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15181b; --raised: #1c2024; --text: #e7e9eb; --quiet: #a7afb7; --edge: #343a40; --link: #7cc4f5;
    --series-1: #f09a4e; --series-2: #56b4e9; --series-3: #35c79b; --series-4: #dd96bd; --line: #8a929a; --mark: #a7afb7;
    --act: #ffb27d; --act-ground: #3a2413; --fine: #6fdab6; --fine-ground: #10332a;
    --open: #c3cad1; --open-ground: #2b3036; --note: #8fcdf6; --note-ground: #12303f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 2.5rem) 5rem; max-width: 62rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  overflow-wrap: break-word;
}
p, li { max-width: 46rem; }
a { color: var(--link); }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.name { margin: 0; color: var(--quiet); font-size: .875rem; }
h1 { margin: .25rem 0 .5rem; font-size: clamp(1.6rem, 5vw, 2.25rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 3.5rem 0 1rem; padding-top: 1.25rem; border-top: 1px solid var(--edge); font-size: 1.4rem; line-height: 1.3; }
h3 { margin: 2rem 0 .5rem; font-size: 1.075rem; line-height: 1.4; }
.facts { display: flex; flex-wrap: wrap; gap: .15rem 1.25rem; margin: 0; max-width: none; color: var(--quiet); font-size: .875rem; overflow-wrap: anywhere; }
.verdict { margin: 1.75rem 0 1.25rem; padding: 1.25rem 1.5rem; border-left: 5px solid; border-radius: 6px; }
.verdict p { margin: .5rem 0 0; }
.verdict .first { margin: 0; font-size: 1.2rem; line-height: 1.45; font-weight: 600; }
.verdict.act { border-color: var(--act); background: var(--act-ground); }
.verdict.fine { border-color: var(--fine); background: var(--fine-ground); }
.verdict.open { border-color: var(--open); background: var(--open-ground); }
.verdict.note { border-color: var(--note); background: var(--note-ground); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; font-size: .9rem; }
nav + section h2 { margin-top: 2rem; }
.badge { display: inline-block; padding: .05em .6em; border-radius: 1em; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.badge.act { color: var(--act); background: var(--act-ground); }
.badge.fine { color: var(--fine); background: var(--fine-ground); }
.badge.open { color: var(--open); background: var(--open-ground); }
.badge.note { color: var(--note); background: var(--note-ground); }
.scroll { overflow-x: auto; margin: 1rem 0; }
.scroll:focus-visible, pre:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; line-height: 1.45; font-variant-numeric: tabular-nums; }
caption { padding: 0 0 .5rem; text-align: left; color: var(--quiet); font-size: .875rem; }
th, td { padding: .55rem .9rem .55rem 0; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top; min-width: 4.5rem; }
th:first-child { min-width: 2.5rem; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
.data { overflow-wrap: anywhere; }
.whole, .number { white-space: nowrap; }
.number { text-align: right; }
figure { margin: 0 0 2.5rem; padding: 1.25rem 1.5rem; background: var(--raised); border: 1px solid var(--edge); border-radius: 10px; }
figcaption h3 { margin-top: 0; }
figcaption p, .reading { margin: 0; }
.reading { margin-top: .75rem; color: var(--quiet); font-size: .875rem; line-height: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1.25rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .875rem; color: var(--quiet); }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16.5rem), 1fr)); gap: 1rem 1.5rem; margin-top: 1rem; }
.panel { min-width: 0; }
.panel:has(.wide) { grid-column: 1 / -1; }
.panel .scroll { margin: 0; }
.chart-title { margin: 0 0 .25rem; font-size: .9rem; font-weight: 600; }
.chart { display: block; width: 100%; height: auto; font-size: 12px; overflow: visible; }
.chart.wide { min-width: 38rem; overflow: hidden; }
.chart text { white-space: pre; }
code { font: .9em ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
pre code { font: inherit; }
pre { padding: .9rem 1rem; overflow-x: auto; background: var(--open-ground); border-radius: 6px; font: .85rem/1.5 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
@media (max-width: 34rem) {
  figure { padding: 1rem; }
  .verdict { padding: 1rem 1.1rem; }
  table.broad { min-width: 40rem; }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #fff; --raised: #fff; --text: #000; --quiet: #444; --edge: #bbb; --link: #000;
    --series-1: #d55e00; --series-2: #0072b2; --series-3: #009e73; --series-4: #b0568a; --line: #666; --mark: #444;
    --act: #7a3000; --act-ground: #fff; --fine: #004d38; --fine-ground: #fff; --open: #333; --open-ground: #fff; --note: #003f66; --note-ground: #fff;
  }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  nav, .skip { display: none; }
  .scroll { overflow: visible; }
  td, th { overflow-wrap: anywhere; }
  .chart.wide { min-width: 0; }
  figure, tr, pre, .verdict { break-inside: avoid; }
  h2, h3, caption, thead { break-after: avoid; }
  thead { display: table-header-group; }
  .badge { padding: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--edge); }
  .panels { grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
}
`;
