// What a libggml-cuda.so that was just linked needs, and what the library says of it on this machine.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ADDON, build, fileOf } from "../native/build.mjs";
import { BuildError } from "../native/build-error.mjs";
import { root } from "../native/paths.mjs";

const NEEDED = [
  /^libcuda\.so\.1$/,
  /^libcublas\.so\.\d+$/,
  /^libcudart\.so\.\d+$/,
  /^libsteady-ggml-base\.so$/,
];

/** @param {string} folder  where it was built */
export async function checkModule(folder) {
  const file = moduleIn(folder);
  const needed = [
    ...execFileSync("readelf", ["-d", file], { encoding: "utf8" }).matchAll(
      /\(NEEDED\).*\[(.+)\]/g,
    ),
  ].map(([, name]) => name);
  console.log(`${path.relative(process.cwd(), file)} needs ${needed.join(", ")}`);
  const missing = NEEDED.filter((pattern) => !needed.some((name) => pattern.test(name)));
  if (missing.length > 0)
    throw new BuildError(`test:cuda: it should need ${missing.join(", ")} as well`);

  const said = await whatTheLibrarySays(file);
  console.log(`the library says: ${JSON.stringify(said, null, 2)}`);
  if (said?.backend !== "cuda")
    throw new BuildError("test:cuda: the library didn't find it beside the addon");
  const driver = execFileSync("ldconfig", ["-p"], { encoding: "utf8" }).includes("libcuda.so.1");
  if (driver) {
    console.log("this machine has a driver: what is said is not judged");
    return;
  }
  if (said.usable || !/libcuda\.so\.1/.test(said.reason) || !/driver/.test(said.remedy)) {
    throw new BuildError(
      "test:cuda: without a driver it should be refused for want of libcuda.so.1, naming the driver",
    );
  }
}

function moduleIn(folder) {
  const release = path.join(folder, "Release");
  const found = ["glibc", "musl", "."]
    .map((inner) => path.join(release, inner, "libggml-cuda.so"))
    .find((file) => existsSync(file));
  if (!found) throw new BuildError(`test:cuda: no libggml-cuda.so in ${release}`);
  return found;
}

/** As it finds the module beside an addon of this checkout. */
async function whatTheLibrarySays(file) {
  const library = path.join(root, "dist/index.js");
  if (!existsSync(library)) {
    throw new BuildError("test:cuda: --link asks the library itself: run `npm run build:ts` first");
  }
  const { outputDir } = await build({ variant: "portable", targets: [ADDON], quiet: true });
  const folder = mkdtempSync(path.join(tmpdir(), "steady-whisper-cuda-"));
  try {
    cpSync(outputDir, folder, { recursive: true });
    const inner = readdirSync(folder).find((name) => name === "glibc" || name === "musl");
    copyFileSync(file, path.join(folder, inner ?? ".", path.basename(file)));
    const code = `
      const { systemInfo } = await import(${JSON.stringify(pathToFileURL(library).href)});
      console.log(JSON.stringify(systemInfo().gpuBackends[0] ?? null));`;
    const env = { ...process.env, STEADY_WHISPER_ADDON: path.join(folder, fileOf(ADDON)) };
    const said = execFileSync(process.execPath, ["--input-type=module", "--eval", code], {
      env,
      encoding: "utf8",
    });
    return JSON.parse(said);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
