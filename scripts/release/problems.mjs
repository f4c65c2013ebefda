// What keeps a checkout from being published.

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { prebuilt } from "../platforms.mjs";
import { platformOf } from "./binary-format.mjs";

/**
 * @param {object} release
 * @param {string} release.tag  of the commit, such as "v1.2.3"
 * @param {{ version: string, repository?: string | { url?: string } }} release.manifest  package.json
 * @param {string} [release.repository]  "owner/name", where it is published from
 * @param {string} release.prebuilds  the folder that holds one for each platform and architecture
 * @returns {string[]}
 */
export function releaseProblems({ tag, manifest, repository, prebuilds }) {
  const problems = [];
  if (tag !== `v${manifest.version}`) {
    problems.push(`the tag is ${tag}, package.json has version ${manifest.version}`);
  }
  if (manifest.version.includes("-")) {
    problems.push(
      `${manifest.version} is a prerelease: it would become what everybody installs; publish it by hand with --tag next`,
    );
  }
  if (
    repository &&
    !urlOf(manifest)
      .replace(/\.git$/, "")
      .endsWith(`github.com/${repository}`)
  ) {
    problems.push(
      `package.json must have "repository": "github:${repository}": the registry compares it with the provenance`,
    );
  }
  return [...problems, ...prebuilt.flatMap((target) => missing(target, prebuilds))];
}

function urlOf({ repository }) {
  const url = typeof repository === "string" ? repository : (repository?.url ?? "");
  return url.replace(/^github:/, "https://github.com/");
}

function missing({ name, platform, arch, libc }, prebuilds) {
  const place = `${platform}-${arch}`;
  const addon = libc ? `${place}/steady-whisper.${libc}.node` : `${place}/steady-whisper.node`;
  const companions = libc ? `${place}/${libc}` : place;
  if (!existsSync(path.join(prebuilds, addon))) return [`${name}: no prebuilds/${addon}`];

  const files = existsSync(path.join(prebuilds, companions))
    ? readdirSync(path.join(prebuilds, companions)).filter((file) => /\.(so|dylib|dll)$/.test(file))
    : [];
  // Without one the addon loads, and then finds no CPU.
  const backend = files.some((file) => /ggml-cpu/.test(file));
  const foreign = [addon, ...files.map((file) => `${companions}/${file}`)].filter(
    (file) => platformOf(path.join(prebuilds, file)) !== place,
  );
  return [
    ...(backend ? [] : [`${name}: no CPU backend (ggml-cpu) in prebuilds/${companions}`]),
    ...foreign.map((file) => `${name}: prebuilds/${file} is not for ${place}`),
  ];
}
