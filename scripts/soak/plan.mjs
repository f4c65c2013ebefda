// What happens to each job, decided by the seed and the job's number alone: a soak that is resumed goes on with the same.

import { mulberry32 } from "../../bench/support/statistics.mjs";

/**
 * With isolation "process", stretches of so many jobs. Crashes and new processes come in their first part only, in the other
 * one a process lives long enough for a slow growth of its memory to show; `--crashes` is the average over both.
 */
const STRETCH = 3000;
const ROUGH = STRETCH / 4;

/** How often something is disturbed, in shares of all jobs. */
const STATE_RECYCLES = 1 / 30;
const CONTEXT_RECYCLES = 1 / 50;
const CANARIES = 1 / 80;
const RESIZES = 1 / 60;
const PROCESS_RECYCLES = 1 / 150;

const CANCELLED = 0.1;
const TIMED = 0.05;
const CANCELS = ["after a while", "once it runs", "after a segment", "by its signal"];
const READERS = ["in time", "in time", "in time", "slow", "late", "none"];
const PRIORITIES = [0, 0, 0, -1, 1, 5];

export function planOf(index, { seed, isolation, crashes }, works) {
  const random = mulberry32(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  random();
  const one = (values) => values[Math.floor(random() * values.length)];
  const work = weighted(works, random());
  const how = { form: one(work.forms), priority: one(PRIORITIES), reader: one(READERS) };
  const fate = random();
  const cancelled = fate < CANCELLED;
  const timed = !cancelled && fate < CANCELLED + TIMED;
  return {
    ...{ index, work, ...how },
    cancel: cancelled ? one(CANCELS) : undefined,
    /** The option that limits its time. */
    limit: timed ? one(["timeoutMs", "maxWaitMs"]) : undefined,
    /** What its submission sets off beside it. */
    disturbance: chosen(chances(index, isolation, crashes), random()),
    /** 0 to 1: when exactly, how long, where a stream is cut. */
    ...{ share: random(), disturbanceShare: random() },
  };
}

function chances(index, isolation, crashes) {
  const always = { state: STATE_RECYCLES, context: CONTEXT_RECYCLES, canary: CANARIES };
  const rough = isolation === "process" && index % STRETCH < ROUGH;
  return {
    ...{ ...always, resize: RESIZES },
    process: rough ? PROCESS_RECYCLES * (STRETCH / ROUGH) : 0,
    crash: rough && crashes > 0 ? STRETCH / ROUGH / crashes : 0,
  };
}

/** At most one of them, each with its own chance. */
function chosen(chances, value) {
  let sum = 0;
  return Object.keys(chances).find((name) => {
    sum += chances[name];
    return value < sum;
  });
}

function weighted(works, value) {
  let left = value * works.reduce((sum, { weight }) => sum + weight, 0);
  return (
    works.find(({ weight }) => {
      left -= weight;
      return left < 0;
    }) ?? works.at(-1)
  );
}
