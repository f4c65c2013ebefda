// What an engine's process has of its host, and what it does with signals.

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { poolContentOf } from "../pool/real/support.js";
import { isLinux } from "../support/child.js";
import { audioPath } from "../support/micro.js";
import { crashesOf, FOUR, pidOf, processPool, statOf } from "./support.js";

/** Files, pipes and sockets that a process has open. */
function openIn(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return ""; // closed meanwhile
      }
    })
    .filter((link) => link !== "" && !link.startsWith("anon_inode:") && link !== "/dev/null");
}

function limitsOf(pid: number): Record<string, string | undefined> {
  const lines = readFileSync(`/proc/${pid}/limits`, "utf8").split("\n");
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, 26).trim(), line.slice(26).trim().split(/ +/)[0]]),
  );
}

describe.runIf(isLinux)("an engine's process", () => {
  it("is a child of the host with a title, the root as its folder, and none of the host's secrets", async () => {
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "hunter2");
    vi.stubEnv("DATABASE_URL", "postgres://app:hunter2@db/app");
    vi.stubEnv("NVIDIA_API_KEY", "hunter2");
    vi.stubEnv("OMP_WAIT_POLICY", "passive");
    const pool = await processPool({ engine: { env: { MY_OWN: "value" } } });
    vi.unstubAllEnvs();
    const pid = pidOf(pool);
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
    console.log(`environment: ${environment.replaceAll(/=[^\0]*\0/g, " ")}`);
    expect(environment).not.toContain("hunter2");
    expect(environment.split("\0")).toEqual(
      expect.arrayContaining(["MY_OWN=value", "OMP_WAIT_POLICY=passive"]),
    );
    expect(environment).not.toMatch(/NODE_OPTIONS|VITEST|npm_/);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe("/");
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toMatch(/^steady-whisper engine/);
    expect(statOf(pid)?.parent).toBe(process.pid);
    expect(pid).not.toBe(process.pid);
  });

  it("dumps no core, and has the address space that it was given", async () => {
    const open = await processPool();
    const close = await processPool({ engine: { maxAddressSpaceBytes: 64 * 2 ** 30 } });
    // With 0 a kernel that pipes cores to a program would do so all the same; with 1 it doesn't.
    for (const pool of [open, close]) {
      expect(Number(limitsOf(pidOf(pool))["Max core file size"])).toBeLessThanOrEqual(1);
    }
    expect(limitsOf(pidOf(open))["Max address space"]).toBe(
      limitsOf(process.pid)["Max address space"],
    );
    expect(limitsOf(pidOf(close))["Max address space"]).toBe(String(64 * 2 ** 30));
  });

  it("has nothing open that is the host's", async () => {
    const file = openSync(audioPath("en-00.wav"), "r");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const first = await processPool();
    const second = await processPool();
    // What whoever started this process has left open for all of its children.
    const inherited = new Set(openIn(process.ppid));
    const own = (pid: number) => openIn(pid).filter((link) => !inherited.has(link));
    const host = own(process.pid);
    expect(host.some((link) => link.endsWith("en-00.wav"))).toBe(true);
    const [one, other] = [own(pidOf(first)), own(pidOf(second))];
    console.log(`open in the child: ${one.join(" ")}`);
    expect(one.filter((link) => host.includes(link) || other.includes(link))).toEqual([]);
    expect(one.filter((link) => link.startsWith("socket:")).length).toBe(3);
    closeSync(file);
    server.close();
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "ignores %s, idle and at work",
    async (signal) => {
      const pool = await processPool();
      const crashes = crashesOf(pool);
      const pid = pidOf(pool);
      process.kill(pid, signal);
      expect((await pool.transcribe(audioPath("en-00.wav"))).text).toBe(FOUR);
      const whole = poolContentOf(await pool.transcribe(audioPath("en-digits.wav")));
      let sent = 0;
      const job = pool.transcribe(audioPath("en-digits.wav"), {
        onProgress: () => {
          process.kill(pid, signal);
          sent += 1;
        },
      });
      expect(poolContentOf(await job)).toEqual(whole);
      expect(sent).toBeGreaterThan(0);
      expect({ crashes, pid: pidOf(pool) }).toEqual({ crashes: [], pid });
    },
  );
});
