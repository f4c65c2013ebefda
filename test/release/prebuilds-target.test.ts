// What runs in which container, seen by a Docker that only writes down what it is told.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const script = join(root, "scripts/prebuilds-target.mjs");

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "steady-whisper-docker-"));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

function withDocker(exitCode: number, args: string[]) {
  const log = join(bin, "told.json");
  writeFileSync(
    join(bin, "docker"),
    `#!${process.execPath}
require("node:fs").writeFileSync(${JSON.stringify(log)}, JSON.stringify(process.argv.slice(2)));
process.exit(${exitCode});
`,
    { mode: 0o755 },
  );
  const end = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  return { ...end, told: () => JSON.parse(readFileSync(log, "utf8")) as string[] };
}

describe.runIf(process.platform === "linux")("a prebuild for Linux", () => {
  it.each([
    ["glibc", /^quay\.io\/pypa\/manylinux_2_28_/, "node scripts/prebuilds.mjs --glibc-max 2.28"],
    ["musl", /^alpine:\d+\.\d+$/, "node scripts/prebuilds.mjs"],
  ])("for %s is made in a container with that library", (libc, image, command) => {
    const { status, stderr, told } = withDocker(0, ["build", `linux-${process.arch}-${libc}`]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const args = told();
    expect(args[0]).toBe("run");
    expect(args).toContain(`${root.replace(/\/$/, "")}:/package`);
    const [name, shell, , program] = args.slice(-4);
    expect(name).toMatch(image);
    expect(shell).toBe("sh");
    expect(program?.split("\n").at(-1)).toBe(command);
    // Manylinux has no Node: the host's own comes along. Alpine's has to be Alpine's.
    const mounted = `${dirname(dirname(process.execPath))}:/opt/node:ro`;
    expect(args.includes(mounted)).toBe(libc === "glibc");
    expect(spawnSync("sh", ["-n", "-c", program ?? "("]).status).toBe(0);
  });

  it("that fails there fails here", () => {
    const target = `linux-${process.arch}-musl`;
    const { status, stderr } = withDocker(3, ["build", target]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^node scripts\/prebuilds\.mjs in alpine:\S+: exit code 3$/m);
  });
});

it("a target that there isn't, or not here, is an error that names the targets", () => {
  const unknown = withDocker(0, ["build", "linux-riscv64-glibc"]);
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toMatch(/name one target: linux-x64-glibc, .*win32-x64; received linux-r/);

  const elsewhere = process.platform === "darwin" ? "linux-x64-musl" : "darwin-arm64";
  const foreign = withDocker(0, ["smoke", elsewhere]);
  expect(foreign.status).toBe(1);
  expect(foreign.stderr).toBe(
    `${elsewhere} can't be made or tried out on ${process.platform}-${process.arch}\n`,
  );
});
