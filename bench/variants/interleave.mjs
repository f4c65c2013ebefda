// Arms that are measured in turn.

import { balancedOrders, blockedRatio } from "../support/statistics.mjs";

/**
 * @typedef {object} Arm
 * @property {string} name
 * @property {() => Promise<{ info: object, run: () => Promise<Job>, stop: () => Promise<void> }>} start
 */

/**
 * @typedef {{ text: string, cpuMs: number, wallMs: number }} Job
 */

/**
 * Blocks of rounds of one job of each arm. Each block has new processes, as where their memory lies is a bias that more
 * rounds don't average out. The order changes with every round, over all blocks, so that neither a drift of the machine nor
 * what an arm leaves behind favours any. All jobs must have the same text.
 *
 * @param {readonly Arm[]} arms
 * @param {{ blocks: number, rounds: number, warmUp: number, onBlock?: (block: number) => void }} plan
 *   `rounds`: of each block, after `warmUp` that don't count
 * @returns {Promise<{ text: string, infos: object[], blocks: Job[][][] }>} by block, round and arm
 */
export async function interleave(arms, { blocks, rounds, warmUp, onBlock = () => {} }) {
  const orders = balancedOrders(arms.length);
  const texts = new Set();
  const measured = [];
  let infos = [];
  let turn = 0;
  for (let block = 0; block < blocks; block++) {
    onBlock(block);
    const running = await startAll(arms);
    infos = running.map(({ info }) => info);
    const own = [];
    try {
      for (let round = -warmUp; round < rounds; round++) {
        /** @type {Job[]} */
        const jobs = [];
        for (const arm of orders[turn++ % orders.length]) jobs[arm] = await running[arm].run();
        for (const { text } of jobs) texts.add(text);
        if (texts.size !== 1 || texts.has("")) {
          const said = jobs.map(({ text }, arm) => `${arms[arm].name}: "${text}"`);
          throw new Error(`the transcripts differ: ${said.join(", ")}`);
        }
        if (round >= 0) own.push(jobs);
      }
    } finally {
      await Promise.all(running.map((one) => one.stop()));
    }
    measured.push(own);
  }
  return { text: [...texts][0], infos, blocks: measured };
}

/** One after the other. When one can't be started, those that were are stopped. */
async function startAll(arms) {
  const running = [];
  try {
    for (const arm of arms) running.push(await arm.start());
  } catch (error) {
    await Promise.all(running.map((one) => one.stop()));
    throw error;
  }
  return running;
}

/** One arm's figure divided by another's, with its interval. */
export function ratioOfArms(blocks, figure, one, other, seed) {
  return blockedRatio(
    blocks.map((rounds) => rounds.map((jobs) => [jobs[one][figure], jobs[other][figure]])),
    seed,
  );
}
