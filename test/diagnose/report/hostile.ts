// Diagnoses whose texts try to be more than text.

import type { Diagnosis } from "../../../lib/diagnose/diagnosis.js";
import type { LogDiagnosis } from "../../../lib/diagnose/log-diagnosis.js";

/** Markup of HTML, SVG and Markdown, ends of attributes, terminal commands, marks that reorder or break lines. */
export const HOSTILE =
  `</style></title><script>window.owned = 1</script><img src=x onerror="window.owned=2">'"]]>--><b>\`x\` | *y* _z_ ` +
  `[link](javascript:alert(1)) ![i](https://example.com/i.png) https://example.com @somebody &lt;i&gt; $x$ ` +
  `\u001b[31mred\u001b[0m\u0007\u0000\u009b2J\r\n# heading\n- item\n|a|b|\u202egnp.exe\u2028\ud800 日本語 ü 🎧`;

/** Texts of free form; all others are names that this package itself gives. */
const FREE = new Set([
  ...["model", "name", "source", "title", "of", "wouldSettle", "compareWith", "platform", "cpu"],
  ...["node", "version", "whisperVersion", "error", "clip", "clipClass", "worker", "requested"],
  ...["backend", "startedAt", "finishedAt", "beamSize", "language"],
]);
const FREE_LISTS = new Set(["says", "summary", "gpuSigns"]);

/** The same diagnosis with {@link HOSTILE} for every text of free form, and as the name of an option. */
export function hostile<Kind extends Diagnosis | LogDiagnosis>(diagnosis: Kind): Kind {
  const copy = JSON.parse(JSON.stringify(diagnosis), (key, value: unknown) => {
    if (FREE.has(key) && typeof value !== "object") return HOSTILE;
    if (FREE_LISTS.has(key)) return typeof value === "string" ? HOSTILE : [HOSTILE, HOSTILE];
    if (key === "options") return { [HOSTILE]: HOSTILE };
    return value;
  });
  return copy as Kind;
}
