import { formatBytes } from "../../format-bytes.js";
import { OLDEST_NODE, UPDATE_NODE } from "../../supported-node.js";
import type { PlatformFacts } from "../facts.js";
import { type Finding, findingsOf } from "../finding.js";

const { ok, problem } = findingsOf("platform");

/** The package, Node, the system and its memory. */
export function judgePlatform(facts: PlatformFacts): Finding[] {
  const { version, folder, platform, arch, system, memory } = facts;
  return [
    ok("package", `steady-whisper ${version} in ${folder}`),
    judgeNode(facts),
    ok("system", [system, `${platform} ${arch}`, libcWords(facts)].filter(Boolean).join(", ")),
    ok(
      "memory",
      memory.availableBytes === undefined
        ? formatBytes(memory.totalBytes)
        : `${formatBytes(memory.availableBytes)} available of ${formatBytes(memory.totalBytes)}`,
    ),
  ];
}

function judgeNode({ node }: PlatformFacts): Finding {
  if (node.supported) return ok("Node", `${node.version}, Node-API ${node.napi}`);
  return problem(
    "Node",
    `${node.version} at ${node.path} is too old.`,
    `The package needs ${OLDEST_NODE} or newer: nothing of it runs here, so nothing else was looked at.`,
    `${UPDATE_NODE}.`,
  );
}

function libcWords({ libc }: PlatformFacts): string | undefined {
  return libc && [libc.name, libc.version].filter(Boolean).join(" ");
}
