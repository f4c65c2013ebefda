#!/usr/bin/env node
// Makes, or tries out, the prebuild of one target of scripts/platforms.mjs as it is published: on Linux in a container,
// whose old libraries it is linked with; otherwise here.
//
//   npm run prebuilds:target -- linux-x64-musl      # into prebuilds/linux-x64/
//   npm run prebuilds:smoke -- linux-x64-musl       # packs this checkout, installs that where there is no compiler

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { runInContainer } from "./container/run.mjs";
import { BuildError } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { root } from "./native/paths.mjs";
import { npmPack } from "./package/npm-pack.mjs";
import { glibcMax, prebuilt } from "./platforms.mjs";

/** What an image lacks for building, and for what Node itself needs. */
const SETUP = {
  glibc: {
    build: "dnf install -y --quiet cmake make libatomic",
    smoke: "dnf install -y --quiet libatomic",
  },
  musl: {
    build: "apk add --quiet --no-cache nodejs npm cmake ninja g++ linux-headers",
    smoke: ":",
  },
};

/** Where a prebuild is tried out: no compiler, and Node's version is that of the host. */
const SMOKE_IMAGE = {
  glibc: "almalinux:8",
  musl: `node:${Number.parseInt(process.versions.node, 10)}-alpine`,
};

async function main() {
  const [what, name, ...rest] = process.argv.slice(2);
  const target = prebuilt.find((one) => one.name === name);
  if (!target || rest.length > 0 || !["build", "smoke"].includes(what)) {
    const names = prebuilt.map((one) => one.name).join(", ");
    throw new BuildError(`name one target: ${names}; received ${[name, ...rest].join(" ")}`);
  }
  if (target.platform !== process.platform || target.arch !== process.arch) {
    throw new BuildError(
      `${name} can't be made or tried out on ${process.platform}-${process.arch}`,
    );
  }
  await (what === "build" ? build(target) : smoke(target));
}

async function build({ image, libc }) {
  const script = "scripts/prebuilds.mjs";
  if (!image) {
    await runHere([script], process.platform === "win32" ? withDumpbin() : process.env);
    return;
  }
  await runInContainer({
    image,
    setup: SETUP[libc].build,
    command: ["node", script, ...(libc === "glibc" ? ["--glibc-max", glibcMax] : [])],
    hostNode: libc === "glibc",
  });
}

async function smoke({ libc }) {
  // Below the checkout, which is all that a container sees.
  const folder = path.join(root, "build/package");
  mkdirSync(folder, { recursive: true });
  const { tarball } = await npmPack(root, folder);
  const inner = path.relative(root, tarball).replaceAll("\\", "/");
  const command = ["scripts/smoke-install.mjs", inner];
  if (!libc) {
    await runHere(command);
    return;
  }
  await runInContainer({
    image: SMOKE_IMAGE[libc],
    setup: SETUP[libc].smoke,
    command: ["node", ...command],
    hostNode: libc === "glibc",
  });
}

async function runHere(command, env = process.env) {
  const { code, signal } = await runChild(process.execPath, command, { env });
  if (code !== 0) throw new BuildError(`${command.join(" ")}: ${signal ?? `exit code ${code}`}`);
}

/** Visual Studio puts its tools on the PATH of its own prompts only. */
function withDumpbin() {
  const installer = path.join(
    process.env["ProgramFiles(x86)"] ?? "C:\\Program Files (x86)",
    "Microsoft Visual Studio/Installer",
  );
  const found = execFileSync(
    path.join(installer, "vswhere.exe"),
    ["-latest", "-products", "*", "-find", "VC/Tools/MSVC/**/bin/Hostx64/x64/dumpbin.exe"],
    { encoding: "utf8" },
  ).trim();
  const [dumpbin] = found.split(/\r?\n/);
  if (!dumpbin) throw new BuildError("dumpbin.exe not found: install Visual Studio's C++ tools");
  return { ...process.env, PATH: `${path.dirname(dumpbin)};${process.env.PATH}` };
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
