import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Child processes of tests run the compiled library: builds dist/ when lib/ is newer. */
export default function buildStaleDist(): void {
  process.env.STEADY_TEST_RUN = randomUUID(); // what is made once for all files of a run is known by it
  if (changed("dist", ".js") > changed("lib", ".ts")) return;
  console.log("dist/ is older than lib/: building it");
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    encoding: "utf8",
  });
  // Types are `npm run test:types`'s concern: JavaScript is written all the same.
  if (status !== 0) console.warn(stdout);
}

/** When the newest file in lib/, or the oldest in dist/ that belongs to one of them, was written. */
function changed(folder: "lib" | "dist", extension: string): number {
  const times = readdirSync(join(root, "lib"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => timeOf(join(root, folder, file.replace(/\.ts$/, extension))));
  return folder === "lib" ? Math.max(...times) : Math.min(...times);
}

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
