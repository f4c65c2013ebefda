import { count } from "../../health/words.js";
import type { JudgedContrast } from "./contrasts.js";
import { EQUIVALENT, LEAST_EFFECT } from "./looks.js";

/** More than this many times the blocks so far aren't worth a number. */
const MOST_TIMES = 20;
const TOO_CLOSE =
  "The difference is so close to the limits (x1.05 and x1.10) that more blocks alone may not settle it.";
const MORE = "More blocks (--blocks).";

/**
 * How many more blocks would settle what is undetermined, if the estimates stay as they are: intervals narrow with the root of
 * the blocks.
 */
export function wouldSettle(contrasts: readonly JudgedContrast[], blocks: number): string {
  const open = contrasts.filter(({ verdict }) => verdict === "undetermined");
  if (open.length === 0 || blocks === 0) return MORE;
  const needed = Math.max(...open.map(timesAsMany));
  if (needed > MOST_TIMES) return TOO_CLOSE;
  const more = Math.max(1, Math.ceil(blocks * (needed - 1)));
  return `About ${count(more, "more block")}, if the estimates stay as they are.`;
}

/** How many times the blocks so far until the interval lies on one side of a limit. */
function timesAsMany(contrast: JudgedContrast): number {
  const { effect, equivalence, projected = equivalence, estimate } = contrast;
  const size = (factor: number) =>
    estimate.of.twoSided ? Math.abs(Math.log(factor)) : Math.log(factor);
  const beyond = ratio(
    Math.log(effect.high / effect.estimate),
    size(effect.estimate) - LEAST_EFFECT,
  );
  const width = Math.log(projected.high / projected.estimate);
  const within = ratio(width, EQUIVALENT - size(projected.estimate));
  return Math.max(1, Math.min(beyond, within));
}

function ratio(reach: number, distance: number): number {
  return distance > 0 ? (reach / distance) ** 2 : Number.POSITIVE_INFINITY;
}
