// The end of a pool whose engine is gone, and no other can be had.

import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RecycleReport, WhisperError } from "../../lib/index.js";
import { isLinux } from "../support/child.js";
import { audioPath, micro } from "../support/micro.js";
import { expectFailure, sleep } from "../support/outcome.js";
import { until } from "../support/until.js";
import { childrenOf, crashesOf, FOUR, folder, pidOf, processPool } from "./support.js";

const FAILED = "ERR_WHISPER_POOL_FAILED";

describe("an engine that can't be started again", () => {
  it("ends the pool after six attempts: every job is told, close() works", async () => {
    const model = join(folder(), "model.bin");
    copyFileSync(micro.q5_0, model);
    const pool = await processPool({ model, slots: 2 });
    const crashes = crashesOf(pool);
    const failures: WhisperError[] = [];
    const recycles: RecycleReport[] = [];
    pool.on("failed", (error) => failures.push(error));
    pool.on("recycle", (report) => recycles.push(report));
    const running = [1, 2].map(() => pool.transcribe(audioPath("long-75s.wav")));
    for await (const _ of running[0] as (typeof running)[0]) break;
    const waiting = pool.transcribe(audioPath("en-00.wav"));
    renameSync(model, `${model}.away`);
    process.kill(pidOf(pool), "SIGKILL");
    const startedAt = performance.now();
    for (const job of [...running, waiting]) {
      const error = await expectFailure(job, FAILED, /no such file/);
      expect(error.cause).toMatchObject({ code: "ERR_WHISPER_MODEL_NOT_FOUND" });
    }
    console.log(`failed after ${Math.round(performance.now() - startedAt)} ms`);
    expect(recycles.filter(({ outcome }) => outcome === "failed").length).toBe(6);
    expect(failures.map(({ code }) => code)).toEqual(["ERR_WHISPER_MODEL_NOT_FOUND"]);
    expect(crashes.length).toBe(1);
    expect(pool.stats()).toMatchObject({ state: "failed", engines: [] });
    await expectFailure(pool.transcribe(audioPath("en-00.wav")), FAILED);
    await expectFailure(pool.recycle(), FAILED);
    await expectFailure(pool.resize(1), FAILED);
    await pool.close();
    if (isLinux) expect(childrenOf(process.pid)).toEqual([]);
  });

  it("but then can: the pool has waited for it, and so have its jobs", async () => {
    const model = join(folder(), "model.bin");
    copyFileSync(micro.q5_0, model);
    const pool = await processPool({ model });
    const failed: RecycleReport[] = [];
    pool.on("recycle", (report) => {
      if (report.outcome === "failed") failed.push(report);
    });
    renameSync(model, `${model}.away`);
    process.kill(pidOf(pool), "SIGKILL");
    await until(() => failed.length >= 2);
    const job = pool.transcribe(audioPath("en-00.wav"));
    await sleep(50);
    renameSync(`${model}.away`, model);
    expect((await job).text).toBe(FOUR);
    expect(pool.stats().state).toBe("open");
  });

  it("doesn't keep close() waiting", async () => {
    const model = join(folder(), "model.bin");
    copyFileSync(micro.q5_0, model);
    const pool = await processPool({ model });
    renameSync(model, `${model}.away`);
    const crashes = crashesOf(pool);
    process.kill(pidOf(pool), "SIGKILL");
    await until(() => crashes.length === 1);
    const job = pool.transcribe(audioPath("en-00.wav"));
    job.catch(() => {});
    await sleep(1000);
    await pool.close();
    await expectFailure(job, "ERR_WHISPER_POOL_CLOSED");
  });
});
