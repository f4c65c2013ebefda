import type { Arm } from "../../../lib/diagnose/arms.js";
import type { Measurement } from "../../../lib/diagnose/measurement.js";
import { seededRandom } from "../../../lib/health/random.js";

/** Arms of an experiment without another build. */
export const ARMS: readonly Arm[] = [
  ...(["kept", "at-once", "slowly", "fresh-state"] as const),
  ...(["fresh-context", "fresh-process", "no-previous-text"] as const),
];

/** One job of 2 s, half of it decoding, with the given differences. */
export function job(differs: Partial<Measurement> = {}): Measurement {
  return {
    ...{ seq: 0, block: 0, arm: "kept", clip: "a", clipClass: "long", audioSeconds: 45, age: 0 },
    ...{ session: 0, wallMs: 2000, encodeMs: 1000, cpuMs: 2000, threads: 1, windows: 2 },
    ...{ tokens: 100, fallbackTokens: 0, promptTokens: 0, fallbacks: 0, segments: 5, setUpMs: 0 },
    memory: {},
    ...differs,
  };
}

/** Blocks of all arms with a little noise; `of` says what is different about a job. */
export function blocks(
  count: number,
  of: (arm: Arm, block: number) => Partial<Measurement> & { readonly slower?: number } = () => ({}),
  arms: readonly Arm[] = ARMS,
): Measurement[] {
  const random = seededRandom(count);
  let seq = 0;
  return Array.from({ length: count }, (_, block) =>
    arms.map((_, place) => {
      // In ever another order, as in the experiment: what runs together isn't always what is kept.
      const arm = arms[(3 * place + block) % arms.length]!;
      const { slower = 1, ...differs } = of(arm, block);
      const decode = 1000 * slower * (0.97 + 0.06 * random());
      const where = { seq: seq++, block, age: block, arm, clip: `clip-${block % 3}` };
      return job({ ...where, wallMs: 1000 + decode, ...differs });
    }),
  ).flat();
}
