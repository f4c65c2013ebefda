// What a job should take: the fit, its robustness, kinds, and the noise around it.
import fc from "fast-check";
import { median } from "simple-statistics";
import { expect, it } from "vitest";
import { type Anchor, CostModel } from "../../lib/health/cost-model.js";
import { CostModels } from "../../lib/health/cost-models.js";
import { solveSymmetric } from "../../lib/health/linear.js";
import { Noise } from "../../lib/health/noise.js";
import { healthParameters } from "../../lib/health/parameters.js";
import { seededRandom } from "../../lib/health/random.js";

const costs = fc.record({
  window: fc.double({ min: 20, max: 300, noNaN: true }),
  token: fc.double({ min: 5, max: 30, noNaN: true }),
  fallback: fc.double({ min: 5, max: 40, noNaN: true }),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

function anchor(
  random: () => number,
  cost: { window: number; token: number; fallback: number },
): Anchor {
  const windows = 1 + Math.floor(3 * random());
  const tokens = Math.round(windows * (5 + 90 * random()));
  const fallbackTokens = random() < 0.2 ? Math.round(60 * random()) : 0;
  const decodeMs =
    cost.window * windows + cost.token * (tokens + 1) + cost.fallback * fallbackTokens;
  return { windows, tokens, fallbackTokens, encodeMs: 400 * windows, decodeMs };
}

function model(anchors: readonly Anchor[]): CostModel {
  return new CostModel(96, 8, anchors);
}

it("solves what Cholesky can: A x = b for A = M M' + 1", () => {
  const entry = fc.double({ min: -3, max: 3, noNaN: true });
  const sized = (n: number) => fc.array(entry, { minLength: n, maxLength: n });
  fc.assert(
    fc.property(sized(16), sized(4), (m, x) => {
      const a = Array.from({ length: 16 }, (_, at) => {
        const [row, column] = [at >> 2, at & 3];
        let sum = row === column ? 1 : 0;
        for (let k = 0; k < 4; k++) sum += m[row * 4 + k]! * m[column * 4 + k]!;
        return sum;
      });
      const b = [0, 1, 2, 3].map((row) => x.reduce((sum, v, k) => sum + a[row * 4 + k]! * v, 0));
      solveSymmetric(a, b).forEach((value, index) => {
        expect(value).toBeCloseTo(x[index]!, 6);
      });
    }),
  );
});

it("expects what jobs cost, whatever they cost: typically within 20 % at worst after 30 anchors", () => {
  let worst = 0;
  fc.assert(
    fc.property(costs, (cost) => {
      const random = seededRandom(cost.seed);
      const fitted = model(Array.from({ length: 30 }, () => anchor(random, cost)));
      const errors = Array.from({ length: 40 }, () => anchor(random, cost)).map((job) =>
        Math.abs(fitted.decodeMs(job) / job.decodeMs - 1),
      );
      worst = Math.max(worst, median(errors));
      expect(median(errors)).toBeLessThan(0.2);
    }),
  );
  console.log("worst typical error of an expectation", worst.toFixed(3));
});

it("scales with the machine: all times c times as long, all coefficients too", () => {
  fc.assert(
    fc.property(costs, fc.double({ min: 0.1, max: 10, noNaN: true }), (cost, c) => {
      const random = seededRandom(cost.seed);
      const anchors = Array.from({ length: 20 }, () => anchor(random, cost));
      const scaled = anchors.map((a) => ({
        ...a,
        encodeMs: c * a.encodeMs,
        decodeMs: c * a.decodeMs,
      }));
      const job = anchors[0]!;
      expect(model(scaled).decodeMs(job) / model(anchors).decodeMs(job) / c).toBeCloseTo(1, 6);
    }),
  );
});

it("shrugs at one job in ten that took four times as long", () => {
  const cost = { window: 100, token: 15, fallback: 18 };
  const random = seededRandom(7);
  const anchors = Array.from({ length: 40 }, () => anchor(random, cost));
  const spoilt = anchors.map((a, at) => (at % 10 === 3 ? { ...a, decodeMs: 4 * a.decodeMs } : a));
  const job = anchor(random, cost);
  const error = model(spoilt).decodeMs(job) / job.decodeMs - 1;
  console.log("error with spoilt anchors", error.toFixed(3));
  expect(Math.abs(error)).toBeLessThan(9);
});

it("knows work that no anchor was like", () => {
  const cost = { window: 100, token: 15, fallback: 18 };
  const random = seededRandom(7);
  const fitted = model(
    Array.from({ length: 30 }, () => ({ ...anchor(random, cost), windows: 1, tokens: 40 })),
  );
  const like = { windows: 1, tokens: 40, fallbackTokens: 0 };
  expect(fitted.isNovel([like, like, like])).toBe(false);
  const silent = { windows: 1, tokens: 0, fallbackTokens: 300 };
  expect(fitted.isNovel([silent, silent, like])).toBe(true);
});

it("keeps a model for each kind, and drops the one that was used longest ago", () => {
  const models = new CostModels(healthParameters({ kindsKept: 2 }));
  const [a, b] = [models.of("a"), models.of("b")];
  expect(models.of("a")).toBe(a);
  models.of("c");
  expect([...models.entries()].map(([kind]) => kind)).toEqual(["a", "c"]);
  expect(models.of("b")).not.toBe(b);
});

it("measures noise from one job to the next, so that a creep isn't noise", () => {
  const random = seededRandom(3);
  const noise = new Noise(healthParameters());
  let before = 0;
  for (let n = 1; n <= 200; n++) {
    const level = 0.01 * n + 0.2 * (random() - 0.5);
    noise.add(level, before);
    before = level;
  }
  // Uniform over 0.2 has a standard deviation of 0.058; MAD times 1.48 is that of a normal with as much in its middle.
  console.log("noise", noise.sigma.toFixed(3));
  expect(noise.sigma).toBeGreaterThan(0.05);
  expect(noise.sigma).toBeLessThan(0.09);
});
