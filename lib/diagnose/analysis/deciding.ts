import type { Effect } from "../diagnosis.js";
import type { JudgedContrast } from "./contrasts.js";
import { armWords, channelWords } from "./phrases.js";

/** The contrast that a verdict hangs on: the surest of those that are supported, else the one that is furthest from refuted. */
export function deciding(contrasts: readonly JudgedContrast[]): JudgedContrast | undefined {
  const supported = contrasts.filter(({ verdict }) => verdict === "supported");
  const beyond = ({ effect, estimate }: JudgedContrast) =>
    estimate.of.twoSided ? Math.max(effect.low, 1 / effect.high) : effect.low;
  const open = ({ equivalence, projected = equivalence, estimate }: JudgedContrast) =>
    estimate.of.twoSided ? Math.max(projected.high, 1 / projected.low) : projected.high;
  return supported.length > 0 ? greatest(supported, beyond) : greatest(contrasts, open);
}

function greatest<T>(items: readonly T[], value: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || value(item) > value(best) ? item : best),
    undefined,
  );
}

/** The effect of the contrast that decides. */
export function effectOf(contrasts: readonly JudgedContrast[]): Effect | undefined {
  const contrast = deciding(contrasts);
  if (!contrast) return undefined;
  const { slow, fast, channel, effect } = contrast;
  const of = `${armWords(slow)} / ${armWords(fast)}, ${channelWords(channel)}`;
  return { ...effect, unit: "factor", of };
}
