import pLimit from "p-limit";
import { withResolvers } from "./with-resolvers.js";

/** The request that runs, and the next one, whose audio is decoded meanwhile. */
const LET_IN = 2;

/**
 * The order of the requests on one state: they reach native code in the order of the calls, although their audio takes
 * different times to decode. Two are let in at a time, so that the state's thread never waits for JavaScript between
 * jobs; the audio of those behind them isn't touched yet, so a hundred waiting recordings cost no memory.
 */
export class StateQueue {
  readonly #limit = pLimit(LET_IN);
  #handedOver: Promise<void> = Promise.resolve();

  /**
   * Calls `prepare` when the request is let in, then `start` once every earlier request has been handed over; `start`
   * hands over synchronously. Settles like what it returns.
   */
  run<Input, Result>(
    prepare: () => Promise<Input>,
    start: (input: Input) => Promise<Result>,
  ): Promise<Result> {
    return this.#limit(async () => {
      const earlier = this.#handedOver;
      const { promise, resolve: handedOver } = withResolvers<void>();
      this.#handedOver = promise;
      try {
        const input = await prepare();
        await earlier;
        const running = start(input);
        handedOver();
        return await running;
      } finally {
        earlier.then(handedOver);
      }
    });
  }
}
