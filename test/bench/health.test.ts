// The package's own detector on the public streams, against the specification's gates and the reference's recorded decisions.

import { expect, it } from "vitest";
import { CONTENDERS } from "../../bench/detector/contenders.js";
import { gatesOf, wrongGiveUps } from "../../bench/detector/gates.js";
import { publicStreams } from "../../bench/detector/public-streams.js";
import { runContender } from "../../bench/detector/run-contender.js";
import { summarize } from "../../bench/detector/summary.js";

const streams = publicStreams();

function run(name: string) {
  const contender = CONTENDERS.get(name);
  if (!contender) throw new Error(`there is no ${name}`);
  const { scored } = runContender(contender, streams);
  return { scored, all: summarize(scored.map(({ score }) => score)) };
}

it("passes every gate, and is at least as good as the reference", () => {
  const health = run("health");
  const reference = run("reference");
  console.log(
    [health, reference]
      .map(
        ({ all }) =>
          `false ${all.falseResets.toFixed(2)}, futile ${all.futileResets.toFixed(2)}, delay ${all.delay}, lost ${all.lost.toFixed(2)} %`,
      )
      .join("; reference: "),
  );
  expect(gatesOf(health.scored).filter(({ passed }) => passed !== true)).toEqual([]);
  const wrong = ({ all }: typeof health) => all.falseResets + all.futileResets;
  expect(wrong(health)).toBeLessThanOrEqual(wrong(reference));
  expect(health.all.delay).toBeLessThanOrEqual(reference.all.delay as number);
  expect(health.all.lost).toBeLessThanOrEqual(reference.all.lost);
  expect(wrongGiveUps(health.scored).wrong).toBeLessThanOrEqual(
    wrongGiveUps(reference.scored).wrong,
  );
});
