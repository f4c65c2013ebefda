// What a process that computes for another one asks of the addon: to be watched, confined, and heard to the last line.

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { NativeActivity, NativeAddon } from "../../lib/native/binding.js";
import { type ChildEnd, isLinux, runInChild } from "../support/child.js";

const args = {
  addon:
    process.env.STEADY_WHISPER_ADDON ??
    fileURLToPath(new URL("../../build/Release/steady_whisper.node", import.meta.url)),
};
type Args = typeof args & { parent?: number; limits?: unknown[]; mirror?: boolean };

describe("activity", () => {
  it("names the job, its phase and its progress; nothing before and after", async () => {
    const { reports, stderr } = await runInChild(
      async ({ micro, noise, report, sleep }, { addon: path }: Args) => {
        const module = { exports: {} };
        process.dlopen(module, path);
        const addon = module.exports as NativeAddon;
        addon.loadBackends(path.replace(/[^/\\]*$/, ""));
        const options = { backend: "cpu", device: 0, flashAttention: true };
        const context = await addon.loadContext(micro.q5_0, options, undefined, undefined);
        const state = await context.createState();
        report(state.activity());

        const job = state.run("transcribe", noise(120, 0.1), { threads: 1 });
        const next = state.run("detect", noise(1, 0.1), { threads: 1, language: "auto" });
        let ended = false;
        const end = job.promise.finally(() => {
          ended = true;
        });
        const seen: NativeActivity[] = [];
        while (!ended) {
          const activity = state.activity();
          if (activity.job === job.id) seen.push(activity);
          await sleep(1);
        }
        await end;
        await next.promise;
        const phases = seen
          .map(({ phase }) => phase)
          .filter((phase, i, all) => phase !== all[i - 1]);
        const ticks = seen.map((activity) => activity.ticks);
        report({
          phases: phases.filter((phase) => phase !== "waiting"),
          grew: new Set(ticks).size > 20 && ticks.every((n, i) => n >= (ticks[i - 1] ?? 0)),
        });
        report(state.activity());
        await context.free();
      },
      { args },
    );
    expect(stderr).toBe("");
    const idle = { job: 0, phase: "idle", ticks: 0 };
    expect(reports).toEqual([idle, { phases: ["mel", "running"], grew: true }, idle]);
  });
});

describe("confineProcess", () => {
  it("refuses what makes no sense, and does nothing then", async () => {
    const good = { coreDumps: false };
    const limits = [
      undefined,
      {},
      { coreDumps: 1 },
      ...[0, -1, 1.5, 2 ** 31, "1"].map((parentPid) => ({ ...good, parentPid })),
      ...[0, -1, 1.5, 2 ** 60, "1"].map((addressSpaceBytes) => ({ ...good, addressSpaceBytes })),
    ];
    const { reports } = await runInChild(
      ({ fs, report }, { addon: path, limits: wrong }: Args) => {
        const module = { exports: {} };
        process.dlopen(module, path);
        const addon = module.exports as NativeAddon;
        const core = () =>
          process.platform === "linux" &&
          /Max core.*/.exec(fs.readFileSync("/proc/self/limits", "utf8"))?.[0];
        const before = core();
        for (const value of [...(wrong ?? []).slice(1), undefined]) {
          try {
            addon.confineProcess(value as never);
            report("no error");
          } catch (error) {
            report((error as { code: string }).code);
          }
        }
        report(core() === before);
      },
      { args: { ...args, limits } },
    );
    expect(reports).toEqual([...limits.map(() => "ERR_WHISPER_INVALID_ARG"), true]);
  });

  it.runIf(isLinux)(
    "says what is in force; the process computes and reads /proc/self",
    async () => {
      const { reports, code } = await runInChild(
        async ({ lib, fs, report, samplesOf }, { addon: path, parent }: Args) => {
          const module = { exports: {} };
          process.dlopen(module, path);
          const addon = module.exports as NativeAddon;
          report(addon.confineProcess({ coreDumps: true }));
          const addressSpaceBytes = 2 ** 46;
          report(
            addon.confineProcess({
              coreDumps: false,
              parentPid: parent as number,
              addressSpaceBytes,
            }),
          );
          report(
            /Max address space +\d+ +\d+/.exec(fs.readFileSync("/proc/self/limits", "utf8"))?.[0],
          );
          report(fs.readFileSync("/proc/self/environ").length > 0);
          const context = await lib.WhisperContext.create();
          const state = await context.createState();
          report((await state.transcribe(samplesOf("en-00.wav"), { threads: 1 })).text);
          await context.free();
        },
        { args: { ...args, parent: process.pid } },
      );
      expect(code).toBe(0);
      expect(reports).toEqual([
        { coreDumps: false, parentDeath: false, addressSpace: false },
        { coreDumps: true, parentDeath: true, addressSpace: true },
        expect.stringMatching(/70368744177664 +70368744177664/),
        true,
        expect.stringMatching(/\w/),
      ]);
    },
  );

  it.runIf(isLinux)("a parent that is gone already: killed at once", async () => {
    const { reports, signal } = await runInChild(
      ({ report }, { addon: path }: Args) => {
        const module = { exports: {} };
        process.dlopen(module, path);
        const addon = module.exports as NativeAddon;
        addon.confineProcess({ coreDumps: false, parentPid: process.pid });
        report("still here");
      },
      { args },
    );
    expect({ reports, signal }).toEqual({ reports: [], signal: "SIGKILL" });
  });
});

describe("mirrorLog", () => {
  const logsOf = (enabled: boolean): Promise<ChildEnd> =>
    runInChild(
      async ({ lib, micro, noise, outcome, report }, { addon: path, mirror }: Args) => {
        const module = { exports: {} };
        process.dlopen(module, path);
        const addon = module.exports as NativeAddon;
        if (mirror) addon.mirrorLog(true);
        const context = await lib.WhisperContext.create(micro.q5_0);
        const state = await context.createState();
        const job = state.transcribe(noise(60, 0.1), {
          threads: 1,
          onProgress: () => job.cancel(), // in the encoder or just before: whisper.cpp calls both an error
        });
        report(await outcome(job));
        await context.free();
      },
      { args: { ...args, mirror: enabled } },
    );

  it("writes errors to stderr, a line each, and nothing else; off by default", async () => {
    expect((await logsOf(false)).stderr).toBe("");
    const { stderr, reports } = await logsOf(true);
    expect(reports).toMatchObject([{ ok: false, code: "ERR_WHISPER_ABORTED" }]);
    expect(stderr).toMatch(
      /^(whisper\w*: (failed to|encoder_begin_callback returned false) .*\n)+$/,
    );
  });

  it("wants a boolean", async () => {
    const { reports } = await runInChild(
      ({ report }, { addon: path }: Args) => {
        const module = { exports: {} };
        process.dlopen(module, path);
        try {
          (module.exports as NativeAddon).mirrorLog(1 as never);
        } catch (error) {
          report((error as { code: string }).code);
        }
      },
      { args },
    );
    expect(reports).toEqual(["ERR_WHISPER_INVALID_ARG"]);
  });
});
