import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, start, temporaryFolder } from "../cli/cli.js";
import { until } from "../support/until.js";
import { type DoctorJson, root } from "./package-copy.js";

describe("doctor --json", () => {
  it("has the findings and all that they were judged by", async () => {
    const env = { STEADY_WHISPER_CACHE: join(temporaryFolder(), "none") };
    const { code, stdout, stderr } = await run(["doctor", "--json", "--model", "base.en"], { env });
    expect(stderr).toBe("");
    const { healthy, findings, facts } = JSON.parse(stdout) as DoctorJson;
    // The only problem is the model that was asked for.
    expect([healthy, code]).toEqual([false, 1]);
    expect(findings.filter(({ level }) => level === "problem")).toMatchObject([
      {
        section: "models",
        about: "base.en",
        remedy: "`npx steady-whisper models download base.en`.",
      },
    ]);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(facts.platform).toMatchObject({
      version,
      node: { version: process.versions.node, supported: true },
      platform: process.platform,
      arch: process.arch,
    });
    expect(facts.addon.use?.system?.whisperVersion).toMatch(/^1\.9\./);
    expect(facts.addon.use?.availableBytes).toBeGreaterThan(0);
    expect(facts.addon.candidates[0]).toMatchObject({ exists: true, loads: true });
    expect(facts.models.asked).toMatchObject({ name: "base.en", checked: false });
    expect(facts.build.writable).toBe(true);
  });
});

describe("usage", () => {
  it("an unknown option is a usage error; help says what the exit codes mean", async () => {
    const wrong = await run(["doctor", "--jsno"]);
    expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
    const help = await run(["doctor", "--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/--model.*[\s\S]*--json[\s\S]*Exit code 0: everything works/);
  });
});

describe.runIf(process.platform === "linux")("Ctrl-C", () => {
  it("ends it, and the process that it waits for", async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const [addon, mark] = [join(folder, "hang.node"), join(folder, "loading")];
    // Loading it leaves a file with the number of its process, and never ends.
    const code = `#include <stdio.h>
      #include <unistd.h>
      __attribute__((constructor)) static void f(void) {
        FILE *file = fopen("${mark}.new", "w");
        fprintf(file, "%d", getpid());
        fclose(file);
        rename("${mark}.new", "${mark}");
        for (;;) pause();
      }`;
    execFileSync("gcc", ["-shared", "-fPIC", "-x", "c", "-", "-o", addon], { input: code });
    const doctor = start(["doctor"], { env: { STEADY_WHISPER_ADDON: addon } });
    await until(() => existsSync(mark));
    const pid = Number(readFileSync(mark, "utf8"));
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    doctor.child.kill("SIGINT");
    expect(await doctor.outcome).toMatchObject({ code: 130, stdout: "", stderr: "" });
    await until(() => !existsSync(`/proc/${pid}`));
  });
});
