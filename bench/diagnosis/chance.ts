/** Beyond chance: less likely than this in a cell that meets its bound. One in a thousand, as there are many cells. */
const CHANCE = 1e-3;

/** Whether so few successes are too few for a rate of `least`. */
export function isBelow(successes: number, runs: number, least: number): boolean {
  return least > 0 && atMost(successes, runs, least) < CHANCE;
}

/** Whether so many successes are too many for a rate of `most`. */
export function isAbove(successes: number, runs: number, most: number): boolean {
  return successes > 0 && 1 - atMost(successes - 1, runs, most) < CHANCE;
}

/** The chance of at most so many successes, by logarithms. */
function atMost(successes: number, runs: number, rate: number): number {
  if (rate >= 1) return successes >= runs ? 1 : 0;
  let log = runs * Math.log1p(-rate);
  let sum = Math.exp(log);
  for (let k = 0; k < successes; k++) {
    log += Math.log(((runs - k) / (k + 1)) * (rate / (1 - rate)));
    sum += Math.exp(log);
  }
  return sum;
}
