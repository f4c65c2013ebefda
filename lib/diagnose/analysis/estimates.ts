import type { Channel } from "../diagnosis.js";
import { COMPARISONS, type Comparison } from "./comparisons.js";
import { withoutChanges } from "./contention.js";
import { type Block, boundingPairsOf, type Pairs, pairsOf } from "./pairs.js";
import { fitSlopes, type Slope, standardise } from "./slopes.js";

/** What two arms differ by: a logarithm, per block of age where they age. */
export interface Estimate extends Slope {
  readonly of: Comparison;
  readonly channel: Channel;
  readonly pairs: number;
  /** Mean age of the pairs of at least half the greatest age, and that age; 1 where nothing ages. */
  readonly lateAge: number;
  readonly greatestAge: number;
  /** Of single clips that have enough pairs. */
  readonly clips: readonly Slope[];
  /** Of the arms that bound the two: no less, if the two differ. Undefined where nothing ages. */
  readonly bound: Slope | undefined;
}

/** Fewer pairs can't tell their own noise. */
const LEAST_PAIRS = 4;

/** All comparisons that have enough pairs, in one channel. */
export function estimatesOf(whole: readonly Block[], channel: Channel): Estimate[] {
  const blocks = withoutChanges(whole, channel);
  const all = COMPARISONS.map((of) => ({ of, pairs: pairsOf(blocks, of, channel) })).filter(
    ({ pairs }) => isEnough(pairs),
  );
  const fits = fitSlopes(standardise(all.map(({ pairs }) => pairs)));
  return all.map(({ of, pairs }, i) => ({
    ...{ of, channel, pairs: pairs.age.length },
    ...fits[i]!.slope,
    ...agesOf(pairs.age),
    clips: fits[i]!.clips,
    bound: of.ageing ? boundOf(blocks, of, channel) : undefined,
  }));
}

function isEnough({ age }: Pairs): boolean {
  return age.filter((value) => value > 0).length >= LEAST_PAIRS;
}

function boundOf(blocks: readonly Block[], of: Comparison, channel: Channel): Slope {
  return fitSlopes(standardise([boundingPairsOf(blocks, of, channel)]))[0]!.slope;
}

function agesOf(ages: Float64Array): Pick<Estimate, "lateAge" | "greatestAge"> {
  const greatestAge = ages.reduce((most, age) => Math.max(most, age), 0);
  const late = ages.filter((age) => 2 * age >= greatestAge);
  const lateAge = late.reduce((sum, age) => sum + age, 0) / late.length;
  return { lateAge, greatestAge };
}
