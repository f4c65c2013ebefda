// A whole detector, on a pool that isn't there.
import { describe, expect, it } from "vitest";
import { WhisperArgumentError } from "../../lib/errors.js";
import {
  type Decision,
  Detector,
  type DetectorOptions,
  type Rung,
} from "../../lib/health/index.js";
import { World, type WorldOptions } from "./world.js";

function run(options: WorldOptions, jobs = 300, detector: DetectorOptions = {}) {
  const world = new World(options);
  const watching = new Detector(options.units, detector);
  world.run(watching, jobs);
  return { world, detector: watching };
}

const SLOW_STATE = { place: "state", from: 100, step: 1.6, unit: 1 } as const;
const seeds = Array.from({ length: 10 }, (_, index) => index + 1);

/** What was reset or decided about a unit, as words. */
function course(world: World): string[] {
  return world.events.map(({ decision: d }) =>
    d.type === "reset" ? d.rung : d.type === "verified" ? (d.helped ? "helped" : "not") : d.type,
  );
}

describe("a fault in one unit", () => {
  it.each<[Rung, string[]]>([
    ["state", ["state", "helped"]],
    ["context", ["state", "not", "context", "helped"]],
    ["process", ["state", "not", "context", "not", "process", "helped"]],
  ])("in its %s is cured by the first rung that makes that anew", (place, expected) => {
    let right = 0;
    const delays: number[] = [];
    for (const seed of seeds) {
      const { world } = run({ units: 3, seed, fault: { place, from: 100, step: 1.8, unit: 1 } });
      if (JSON.stringify(course(world)) === JSON.stringify(expected)) right += 1;
      delays.push(Math.ceil((world.resets()[0]!.job - 100) / 3));
      expect(world.slowness(1)).toBe(1);
    }
    console.log(
      `${place}: exactly ${expected.join(", ")} in ${right} of 10; jobs until the first reset:`,
      delays.join(" "),
    );
    expect(right).toBeGreaterThanOrEqual(7);
  });

  it("that no reset cures is given up, and absorbed", () => {
    const { world, detector } = run({
      units: 3,
      seed: 2,
      fault: { place: "nothing", from: 90, step: 1.6, unit: 1 },
    });
    expect(course(world)).toEqual(["state", "not", "context", "not", "process", "not", "gave-up"]);
    const unit = detector.report().units[1]!;
    expect(unit.state).toBe("given-up");
    expect(unit.normal).toBeGreaterThan(1.2);
    expect(unit.residuals!.p50).toBeCloseTo(1, 0);
  });

  it("that creeps is cured again and again, then kept away, and not given up", () => {
    let gaveUp = 0;
    let preventive = 0;
    for (const seed of seeds) {
      const { world } = run(
        { units: 2, seed, fault: { place: "context", from: 0, creep: 0.04, unit: 0 } },
        400,
      );
      gaveUp += world.of("gave-up").length;
      preventive += world.resets("preventive").length;
    }
    console.log(
      `creep of 4 % per job in 10 pools of two: given up ${gaveUp} times, ${preventive} preventive resets`,
    );
    expect(gaveUp).toBeLessThanOrEqual(1);
    expect(preventive).toBeGreaterThan(10);
  });

  it("is found without the machine's signal as well", () => {
    const { world } = run({
      units: 2,
      seed: 3,
      fault: { ...SLOW_STATE, unit: 0 },
      signal: () => undefined,
    });
    expect(course(world)).toEqual(["state", "helped"]);
  });
});

describe("nothing is reset", () => {
  it.each([1, 2, 3])("in a healthy pool of %i", (units) => {
    let resets = 0;
    for (const seed of seeds) resets += run({ units, seed }).world.resets().length;
    console.log(`healthy, ${units} units, 3000 jobs: ${resets} resets`);
    expect(resets).toBeLessThanOrEqual(2);
  });

  it.each([1, 2, 3])(
    "in bursts of contention that the machine's signal shows, in a pool of %i",
    (units) => {
      const load = (job: number) => (job % 150 > 90 ? 1.6 : 1);
      let resets = 0;
      for (const seed of seeds) resets += run({ units, seed, load }).world.resets().length;
      console.log(`bursts, ${units} units, 3000 jobs: ${resets} resets`);
      expect(resets).toBeLessThanOrEqual(3);
    },
  );

  it("when the machine is slower for good: that is said once, and followed down when it ends", () => {
    const load = (job: number) => (job >= 100 && job < 300 ? 1.6 : 1);
    const { world, detector } = run({ units: 3, seed: 2, load }, 290);
    expect(course(world)).toEqual(["gave-up"]);
    expect(world.events[0]!.decision).toMatchObject({ unit: undefined });
    expect(world.events[0]!.decision.text).toMatch(/The machine itself is slower by x1\.[5-7]/);
    expect(detector.report().normal).toBeCloseTo(1.6, 0);
    world.run(detector, 60);
    expect(detector.report().normal).toBeLessThan(1.15);
    expect(world.resets()).toEqual([]);
  });
});

it("decides the same for the same samples and seed", () => {
  const once = () => {
    const { world, detector } = run(
      { units: 2, seed: 7, fault: { place: "context", from: 50, creep: 0.03 } },
      400,
    );
    return JSON.stringify([world.events, detector.memory(), detector.report()]);
  };
  expect(once()).toBe(once());
});

it("isn't confused by jobs that never came", () => {
  const world = new World({ units: 2, seed: 3, fault: SLOW_STATE });
  const detector = new Detector(2);
  const observe = detector.observe.bind(detector);
  detector.observe = (sample) => (sample.seq % 3 === 0 ? [] : observe(sample));
  world.run(detector, 300);
  console.log(
    "with a third of the jobs missing:",
    course(world).join(", "),
    "after job",
    world.events[0]?.job,
  );
  expect(course(world)).toEqual(["state", "helped"]);
});

describe("between detector and pool", () => {
  /** Up to the call for a reset of unit 1, which isn't made. */
  function suspected(options: DetectorOptions = {}, fault: WorldOptions["fault"] = SLOW_STATE) {
    const world = new World({ units: 2, seed: 3, fault: fault! });
    const detector = new Detector(2, options);
    let decisions: readonly Decision[] = [];
    world.obey = (_, decision) => {
      decisions = [decision];
    };
    while (decisions.length === 0 && world.job < 300) world.run(detector, 1);
    return { world, detector, decision: decisions[0]! };
  }

  it("a unit whose reset was asked for isn't looked at until it has been made", () => {
    const { world, detector, decision } = suspected();
    expect(decision).toMatchObject({ type: "reset", unit: 1, rung: "state", cause: "regression" });
    const later: Decision[] = [];
    world.obey = (_, d) => later.push(d);
    world.run(detector, 60);
    expect(later).toEqual([]);
    expect(detector.report().units[1]!.state).toBe("resetting");
    detector.wasReset(1, "state");
    expect(detector.report().units[1]!.state).toBe("verifying");
  });

  it("a reset that can't be made is asked for again only after a rest", () => {
    const { world, detector, decision } = suspected();
    detector.notReset(decision.unit!, "no memory");
    expect(detector.report().history.at(-1)!.text).toContain("no memory");
    const asked = world.job;
    let again = 0;
    world.obey = () => {
      again ||= world.job;
    };
    while (again === 0 && world.job < 300) world.run(detector, 1);
    console.log(`asked for after job ${asked}, and again after job ${again}`);
    expect(again - asked).toBeGreaterThanOrEqual(2 * 9);
    expect(detector.report().decisions.notHelped).toBe(0);
  });

  it("a unit that somebody else replaces is warmed up and not judged", () => {
    const { world, detector } = suspected();
    detector.wasReset(1, "state");
    world.run(detector, 2);
    expect(detector.report().units[1]!.state).toBe("verifying");
    detector.replaced(1, "process");
    expect(detector.report().units[1]!.state).toBe("warming");
    world.reset(1, "process");
    const after: Decision[] = [];
    world.obey = (_, d) => after.push(d);
    world.run(detector, 60);
    expect(after).toEqual([]);
    expect(detector.report().units[1]!.state).toBe("healthy");
  });

  it("a canary clip is asked for before a context goes, if that is wanted", () => {
    const fault = { place: "context", from: 100, step: 1.8, unit: 1 } as const;
    const options: DetectorOptions = {
      rungs: ["context", "process"],
      parameters: { confirm: true },
    };
    const yes = suspected(options, fault);
    expect(yes.decision).toMatchObject({ type: "confirm", unit: 1, rung: "context" });
    expect(yes.detector.confirmed(1, true)).toMatchObject([
      { type: "reset", unit: 1, rung: "context", cause: "regression" },
    ]);
    expect(yes.detector.confirmed(1, true)).toEqual([]);

    const unknown = suspected(options, fault);
    expect(unknown.detector.confirmed(1, undefined)).toMatchObject([
      { type: "reset", rung: "context" },
    ]);

    const no = suspected(options, fault);
    expect(no.detector.confirmed(1, false)).toEqual([]);
    expect(no.detector.report().units[1]!.state).not.toBe("confirming");
    const later: number[] = [];
    no.world.obey = () => later.push(no.world.job);
    const { job } = no.world;
    no.world.run(no.detector, 60);
    expect(later[0]! - job).toBeGreaterThanOrEqual(2 * 9);
  });

  it("a rung below context needs no clip", () => {
    const { decision } = suspected({ parameters: { confirm: true } });
    expect(decision).toMatchObject({ type: "reset", rung: "state" });
  });

  it("resets that don't help have a budget", () => {
    const { world } = run(
      { units: 2, seed: 3, fault: { place: "nothing", from: 60, step: 2, unit: 1 } },
      300,
      {
        parameters: { resetsPerHour: { state: 0 } },
      },
    );
    expect(world.of("budget")[0]!.decision).toMatchObject({ unit: 1, rung: "state", perHour: 0 });
    expect(world.resets()).toEqual([]);
  });

  it("a pool can grow and shrink", () => {
    const world = new World({ units: 3, seed: 3, fault: SLOW_STATE });
    const detector = new Detector(1);
    expect(() => detector.observe(world.sample(1))).toThrow(WhisperArgumentError);
    detector.resize(3);
    world.run(detector, 150);
    expect(course(world)).toEqual(["state", "helped"]);
    detector.resize(2);
    expect(detector.report().units).toHaveLength(2);
    expect(() => detector.replaced(2, "context")).toThrow(WhisperArgumentError);
  });

  it("jobs without honest times are left out", () => {
    const world = new World({ units: 1, seed: 3 });
    const detector = new Detector(1);
    world.run(detector, 60);
    const before = JSON.stringify(detector.memory());
    for (const decodeMs of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      expect(detector.observe({ ...world.sample(0), decodeMs })).toEqual([]);
    }
    expect(JSON.stringify(detector.memory())).toBe(before);
  });

  it.each([
    [0, {}],
    [1.5, {}],
    [2, { rungs: [] }],
    [2, { rungs: ["engine"] }],
  ])("%o units with %o are refused", (units, options) => {
    expect(() => new Detector(units, options as never)).toThrow(WhisperArgumentError);
  });
});

it("costs little per job", () => {
  const world = new World({
    units: 4,
    seed: 3,
    fault: { place: "context", from: 200, creep: 0.02 },
  });
  const detector = new Detector(4);
  const times: number[] = [];
  const observe = detector.observe.bind(detector);
  detector.observe = (sample) => {
    const start = performance.now();
    const decisions = observe(sample);
    times.push((performance.now() - start) * 1000);
    return decisions;
  };
  world.run(detector, 20_000);
  times.sort((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  console.log(
    `observe: ${mean.toFixed(1)} us on average over ${times.length} jobs, 99 of 100 within ${times[Math.floor(0.99 * times.length)]!.toFixed(1)} us`,
  );
  expect(times).toHaveLength(20_000);
});
