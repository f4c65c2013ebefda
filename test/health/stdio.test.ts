// scripts/detector-stdio.mjs as a scorer of any language sees it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { World } from "./world.js";

const SCRIPT = fileURLToPath(new URL("../../scripts/detector-stdio.mjs", import.meta.url));

it("answers each job with a list of decisions, a detector for each stream", async () => {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = (message: unknown) => child.stdin.write(`${JSON.stringify(message)}\n`);
  const ask = async (message: unknown) => {
    send(message);
    return JSON.parse((await lines.next()).value as string) as {
      ctx: number;
      action: string;
      reason: string;
    }[];
  };
  const runs: string[] = [];
  for (const id of ["a", "b"]) {
    send({ type: "start", id, k: 2, reset_ms: { state: 25, context: 2500, process: 3500 } });
    const world = new World({
      units: 2,
      seed: 3,
      fault: { place: "context", from: 80, step: 2, unit: 1 },
    });
    const actions: string[] = [];
    for (; world.job < 140; world.job++) {
      const { seq: i, unit: c, ...job } = world.next();
      const reply = await ask({
        ...{
          i,
          c,
          t: job.atMs,
          a: job.audioSeconds,
          w: job.windows,
          n: job.tokens,
          f: 0,
          fb: 0,
          s: 2,
        },
        ...{
          enc: job.encodeMs,
          dec: job.decodeMs,
          queue: 0,
          since: job.sinceReset,
          p: job.machine,
          k: 2,
        },
      });
      for (const { ctx, action, reason } of reply) {
        expect(ctx).toBe(1);
        actions.push(action);
        if (action === "state" || action === "context") {
          expect(reason).toMatch(/^(regression|escalation): Slot 1 is .*slower by x/);
          world.reset(ctx, action);
        }
      }
    }
    send({ type: "end" });
    runs.push(actions.join(" "));
  }
  child.stdin.end();
  const [code] = (await once(child, "exit")) as [number];
  console.log(runs);
  expect(runs).toEqual(Array(2).fill("state not_helped context helped"));
  expect(code).toBe(0);
});
