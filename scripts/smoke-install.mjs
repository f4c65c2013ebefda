#!/usr/bin/env node
// Installs the package as a user would, transcribes a recording with its command, and compares the words.
//
//   npm run smoke:install                     # the version of package.json, from the registry; waits until it is there
//   npm run smoke:install -- package.tgz      # a tarball
//
// Install scripts don't run and nothing is compiled: without a prebuild for this platform it fails.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuildError } from "./native/build-error.mjs";
import { root } from "./native/paths.mjs";
import { installInto } from "./release/install.mjs";
import { spawnCommand } from "./release/spawn-command.mjs";

const AUDIO = "models/micro/test-audio";
const CLIP = "en-00.wav";
const expected = JSON.parse(readFileSync(path.join(root, AUDIO, "refs.json"), "utf8"))[CLIP].text;
const { name, version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

async function main() {
  const [argument = `${name}@${version}`, ...rest] = process.argv.slice(2);
  if (rest.length > 0) throw new BuildError("name one package: a tarball, or name@version");
  const tarball = existsSync(argument) ? path.resolve(argument) : undefined;
  if (!tarball && !argument.startsWith(`${name}@`)) {
    throw new BuildError(`${argument}: no such file, and not ${name}@<version>`);
  }

  // A folder as users have them.
  const project = mkdtempSync(path.join(tmpdir(), "steady whisper ü "));
  try {
    writeFileSync(path.join(project, "package.json"), '{ "private": true, "type": "module" }\n');
    await installInto(project, tarball ?? argument, { wait: !tarball });
    const installed = path.join(project, "node_modules", name);
    const found = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")).version;
    const wanted = tarball ? version : argument.slice(name.length + 1);
    if (found !== wanted) throw new BuildError(`version ${found} was installed, not ${wanted}`);
    if (existsSync(path.join(installed, "build"))) {
      throw new BuildError("the installation compiled something: an install script ran");
    }
    await transcribe(project);
    console.log(
      `${name} ${found} on ${process.platform}-${process.arch}, Node ${process.versions.node}: "${expected}"`,
    );
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

async function transcribe(project) {
  const clip = path.join("node_modules", name, AUDIO, CLIP);
  const bin = path.join("node_modules", ".bin", name);
  const { status, stdout, stderr } = await spawnCommand(bin, ["transcribe", clip], project);
  if (status !== 0) {
    throw new BuildError(`${name} transcribe ${CLIP}: exit code ${status}\n${stdout}${stderr}`);
  }
  const words = stdout.trim().replace(/\s+/g, " ");
  if (words !== expected) throw new BuildError(`${CLIP}: "${words}"; it says "${expected}"`);
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
