import type { Contrast, Interval, Verdict } from "../diagnosis.js";
import type { Estimate } from "./estimates.js";
import { asFactors, intervalOf } from "./interval.js";
import { EQUIVALENT, LEAST_EFFECT, type Levels } from "./looks.js";
import type { Slope } from "./slopes.js";

/** A single clip is slower beyond doubt, as there are several in 20 contrasts: a slowdown may be of long audio only. */
const SINGLE_CLIP = 0.99999;

/** The bounding arms are on the safe side already, and contention somewhere in a block is noise in their means. */
const BOUND = 0.8;

/** Until when two arms that are alike have to stay alike: the age that the last block of the run is reached with. */
export interface Horizon {
  readonly greatestAge: number;
}

/** A contrast with what its verdict was made of, as logarithms. */
export interface JudgedContrast extends Contrast {
  readonly estimate: Estimate;
}

/**
 * "supported": the interval of the effect in the later half of the ages lies above x1.05 (two-sided: beyond it either way), and
 * so does that of the arms that bound the two, which age by no less; or a single clip is slower beyond all doubt.
 * "refuted": the interval for equivalence ends before x1.10, and would still do so if what growth there may be went on to the
 * horizon, as a creep is small in the beginning; and no single clip seems slower.
 */
export function judge(estimate: Estimate, levels: Levels, horizon: Horizon): JudgedContrast {
  const { of, channel, pairs, lateAge, greatestAge } = estimate;
  const ahead = of.ageing ? Math.max(1, horizon.greatestAge / greatestAge) : 1;
  const effect = interval(estimate, lateAge, levels.effect);
  const now = interval(estimate, lateAge, levels.equivalence);
  const later = interval(estimate, lateAge * ahead, levels.equivalence);
  const projected = later.high > now.high ? later : undefined;
  const { id, slow, fast } = of;
  return {
    ...{ id, slow, fast, channel, pairs },
    effect: asFactors(effect),
    equivalence: asFactors(now),
    ...(projected && { projected: asFactors(projected) }),
    verdict: verdictOf(estimate, levels, effect, projected ?? now),
    estimate,
  };
}

function verdictOf(
  { of, bound, clips, lateAge }: Estimate,
  levels: Levels,
  effect: Interval,
  equivalence: Interval,
): Verdict {
  const isSlow = (slope: Slope, level: number) =>
    interval(slope, lateAge, level).low > LEAST_EFFECT;
  const bounded = bound === undefined || isSlow(bound, BOUND);
  if (effect.low > LEAST_EFFECT && bounded) return "supported";
  if (clips.some((clip) => isSlow(clip, SINGLE_CLIP))) return "supported";
  if (of.twoSided && effect.high < -LEAST_EFFECT) return "supported";
  const alike = equivalence.high < EQUIVALENT && (!of.twoSided || equivalence.low > -EQUIVALENT);
  return alike && !clips.some((clip) => isSlow(clip, levels.effect)) ? "refuted" : "undetermined";
}

/** The effect at an age, as a logarithm. */
function interval({ slope, error, degrees }: Slope, age: number, confidence: number): Interval {
  return intervalOf({ value: slope * age, error: error * age, degrees }, confidence);
}

/** Over both channels: a difference in either counts, likeness is needed in both. */
export function overBoth(contrasts: readonly JudgedContrast[]): Verdict {
  return anyOf(
    contrasts.map(({ verdict }) => verdict),
    2,
  );
}

/** Supported if any is, refuted if all of at least `needed` are. */
export function anyOf(verdicts: readonly Verdict[], needed = 1): Verdict {
  if (verdicts.includes("supported")) return "supported";
  const refuted = verdicts.length >= needed && verdicts.every((verdict) => verdict === "refuted");
  return refuted ? "refuted" : "undetermined";
}
