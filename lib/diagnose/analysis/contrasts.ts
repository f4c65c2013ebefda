import type { Contrast, Interval, Verdict } from "../diagnosis.js";
import type { Estimate } from "./estimates.js";
import { EQUIVALENT, LEAST_EFFECT, type Levels } from "./looks.js";
import { reachOf } from "./student.js";

/** Until when two arms that are alike have to stay alike: the age that the last block of the run is reached with. */
export interface Horizon {
  readonly greatestAge: number;
}

/** A contrast with what its verdict was made of, as logarithms. */
export interface JudgedContrast extends Contrast {
  readonly estimate: Estimate;
}

/**
 * "supported": the interval of the effect in the later half of the ages lies above x1.05 (two-sided: beyond it either way).
 * "refuted": the interval for equivalence ends before x1.10, and would still do so if what growth there may be went on to the
 * horizon: a creep is small in the beginning.
 */
export function judge(estimate: Estimate, levels: Levels, horizon: Horizon): JudgedContrast {
  const { of, channel, pairs, slope, error, degrees, lateAge, greatestAge } = estimate;
  const effect = interval(slope * lateAge, error * lateAge, levels.effect, degrees);
  const ahead = of.ageing ? Math.max(1, horizon.greatestAge / greatestAge) : 1;
  const now = interval(slope * lateAge, error * lateAge, levels.equivalence, degrees);
  const later = interval(
    slope * lateAge * ahead,
    error * lateAge * ahead,
    levels.equivalence,
    degrees,
  );
  const equivalence = later.high > now.high ? later : now;
  const { id, slow, fast } = of;
  return {
    ...{ id, slow, fast, channel, pairs },
    effect: factor(effect),
    equivalence: factor(equivalence),
    verdict: verdictOf(effect, equivalence, of.twoSided),
    estimate,
  };
}

function verdictOf(effect: Interval, equivalence: Interval, twoSided: boolean): Verdict {
  if (effect.low > LEAST_EFFECT) return "supported";
  if (twoSided && effect.high < -LEAST_EFFECT) return "supported";
  const alike = equivalence.high < EQUIVALENT && (!twoSided || equivalence.low > -EQUIVALENT);
  return alike ? "refuted" : "undetermined";
}

function interval(estimate: number, error: number, confidence: number, degrees: number): Interval {
  const reach = reachOf(confidence, degrees) * error;
  return { estimate, low: estimate - reach, high: estimate + reach, confidence };
}

function factor({ estimate, low, high, confidence }: Interval): Interval {
  return { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high), confidence };
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
