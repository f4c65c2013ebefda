// Slots share a context and an engine: a fault of those is common to all, and the canary finds the rung.
import { describe, expect, it } from "vitest";
import { Detector } from "../../lib/health/index.js";
import { type Place, World } from "./world.js";

const seeds = Array.from({ length: 10 }, (_, index) => index + 1);

function pool(units: number, seed: number, place: Place, signal = true) {
  const world = new World({
    units,
    shared: true,
    seed,
    fault: { place, from: 100, step: 1.6, ...(place === "state" ? { unit: 0 } : {}) },
    ...(signal ? {} : { signal: () => undefined }),
  });
  const detector = new Detector(units, { shared: true });
  world.run(detector, 320);
  return world;
}

describe.each([1, 2, 3])("a pool of %i", (units) => {
  it.each<Place>(["state", "context", "process"])(
    "is cured of a fault in its %s, all of it",
    (place) => {
      let rungs = 0;
      const delays: number[] = [];
      for (const seed of seeds) {
        const world = pool(units, seed, place);
        for (let unit = 0; unit < units; unit++) expect(world.slowness(unit)).toBe(1);
        const helped = world
          .of("verified")
          .filter(({ decision: d }) => d.type === "verified" && d.helped);
        if (helped.some(({ decision: d }) => d.type === "verified" && d.rung === place)) rungs += 1;
        delays.push(world.resets()[0]!.job - 100);
      }
      console.log(
        `${units} units, ${place}: the right rung verified in ${rungs} of 10; jobs of the pool until a reset:`,
        delays.join(" "),
      );
      expect(rungs).toBeGreaterThanOrEqual(8);
    },
  );
});

it("without the machine's signal it waits, then tries the top rung once, and the others follow", () => {
  for (const seed of seeds) {
    const world = pool(3, seed, "context", false);
    for (let unit = 0; unit < 3; unit++) expect(world.slowness(unit)).toBe(1);
    expect(world.resets("canary").map(({ decision: d }) => d.type === "reset" && d.rung)).toEqual([
      "process",
    ]);
    expect(world.resets("follow")).toHaveLength(2);
  }
});

it("a canary is one unit; the others are left alone until its verdict, and follow at its rung", () => {
  const world = pool(3, 1, "context");
  const [canary, ...rest] = world.resets();
  expect(canary!.decision).toMatchObject({ cause: "canary", rung: "context" });
  const verdict = world.of("verified")[0]!;
  expect(rest.map(({ decision: d }) => d.type === "reset" && [d.cause, d.rung])).toEqual([
    ["follow", "context"],
    ["follow", "context"],
  ]);
  for (const { job } of rest) expect(job).toBe(verdict.job);
});

it("what creeps in the shared context is recycled for all of them together", () => {
  const world = new World({
    units: 2,
    shared: true,
    seed: 2,
    fault: { place: "context", from: 0, creep: 0.01 },
  });
  world.run(new Detector(2, { shared: true }), 600);
  const preventive = world.resets("preventive");
  console.log(
    `creep of a shared context over 600 jobs: ${world.resets("canary").length} canaries, ${preventive.length} preventive`,
  );
  expect(preventive.length).toBeGreaterThan(1);
  for (const { job } of preventive) {
    const follows = world.resets("follow").filter((event) => event.job === job + 1);
    expect(follows.length).toBe(job === world.job - 1 ? 0 : 1);
  }
});
