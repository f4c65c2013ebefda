// How fast memory grows with the number of jobs, with what is not known about it.

import { medianSorted } from "simple-statistics";
import { bounds95, circularBlocks } from "./block-bootstrap.mjs";

/**
 * One value of a series, and where it stands in it.
 * @typedef {{ readonly at: number, readonly value: number }} Point
 */

/** Points that a slope is made of, each the median of some neighbours: more only cost time. */
const MOST_POINTS = 150;

/**
 * Theil-Sen slope of a series, the median of the slopes between any two points: passing peaks, as when two generations are
 * in memory, don't move it. Its bounds are by a block bootstrap of the residuals.
 *
 * Values of memory hang together: what is allocated for one job is there at the next. Resampled one by one they would seem
 * to know the slope much better than they do. So whole stretches of `blockLength` neighbouring residuals are drawn, at
 * random and with replacement, laid end to end over the fitted line, and the slope is taken anew. 95 % of these slopes lie
 * below the upper bound, and 95 % above the lower one.
 *
 * The series may come in several segments, such as the lives of several processes: only points of the same one are compared,
 * and each keeps its own residuals.
 *
 * @param {readonly (readonly Point[])[]} segments
 * @param {number} blockLength
 * @param {() => number} random
 */
export function slopeBound(segments, blockLength, random, resamples = 2000) {
  const count = segments.reduce((sum, points) => sum + points.length, 0);
  const size = Math.max(1, Math.round(count / MOST_POINTS));
  const slope = theilSen(segments, size);
  const residuals = segments.map((points) => points.map(({ at, value }) => value - slope * at));
  const slopes = Array.from({ length: resamples }, () => {
    const drawn = segments.map((points, which) => {
      const own = /** @type {number[]} */ (residuals[which]);
      const indexes = circularBlocks(points.length, blockLength, random);
      return points.map(({ at }, i) => ({ at, value: Number(own[Number(indexes[i])]) }));
    });
    return slope + theilSen(drawn, size);
  });
  return { slope, ...bounds95(slopes), points: count, segments: segments.length };
}

/**
 * Of medians of `size` neighbours, and pairs that are at least a third of their segment apart: nearer ones know little.
 *
 * @param {readonly (readonly Point[])[]} segments
 * @param {number} size
 */
function theilSen(segments, size) {
  /** @type {number[]} */
  const slopes = [];
  for (const points of segments) {
    const few = medians(points, size);
    const least = (Number(few.at(-1)?.at) - Number(few[0]?.at)) / 3;
    for (const [i, one] of few.entries()) {
      for (let j = i + 1; j < few.length; j++) {
        const other = /** @type {Point} */ (few[j]);
        const distance = other.at - one.at;
        if (distance >= least) slopes.push((other.value - one.value) / distance);
      }
    }
  }
  const sorted = Float64Array.from(slopes).sort();
  return sorted.length === 0 ? Number.NaN : medianSorted(/** @type {any} */ (sorted));
}

/**
 * @param {readonly Point[]} points
 * @param {number} size
 * @returns {Point[]}
 */
function medians(points, size) {
  const few = [];
  for (let i = 0; i + size <= points.length; i += size) {
    const some = points.slice(i, i + size);
    const values = some.map(({ value }) => value).sort((a, b) => a - b);
    const at = some.reduce((sum, point) => sum + point.at, 0) / size;
    few.push({ at, value: medianSorted(values) });
  }
  return few;
}
