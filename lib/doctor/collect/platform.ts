import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { usableCores } from "../../machine/cores.js";
import { currentLibc } from "../../machine/libc.js";
import { packageRoot } from "../../package-root.js";
import { packageVersion } from "../../package-version.js";
import { isSupportedNode } from "../../supported-node.js";
import type { PlatformFacts } from "../facts.js";

/** Looked at by Nodes that are too old for the package, too: see old-node.ts. */
export function collectPlatform(): PlatformFacts {
  const { node, napi = "unknown" } = process.versions;
  const all = cpus();
  return {
    version: packageVersion(),
    folder: packageRoot,
    node: {
      version: node,
      supported: isSupportedNode(node),
      napi,
      path: process.execPath,
    },
    platform: process.platform,
    arch: process.arch,
    system: distribution() ?? `${type()} ${release()}`,
    libc: currentLibc(),
    cpu: {
      model: all[0]?.model.trim() || "unknown",
      usableCores: usableCores(),
      cpus: all.length,
    },
    memory: {
      totalBytes: totalmem(),
      availableBytes: process.availableMemory?.() || undefined,
    },
  };
}

/** What a Linux calls itself. */
function distribution(): string | undefined {
  if (process.platform !== "linux") return undefined;
  for (const file of ["/etc/os-release", "/usr/lib/os-release"]) {
    try {
      return readFileSync(file, "utf8").match(/^PRETTY_NAME="?([^"\n]+)/m)?.[1];
    } catch {
      // the next one
    }
  }
  return undefined;
}
