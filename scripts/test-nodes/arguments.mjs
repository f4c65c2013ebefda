import { parseArgs } from "node:util";
import { BuildError } from "../native/build-error.mjs";
import { majors, nodes } from "../platforms.mjs";

const USAGE = `Runs the tests of the addon that is there on several versions of Node, from one binary.

  node scripts/test-nodes.mjs [options]

  --node VERSION   a major (${majors.join(", ")}) or an exact version; may be repeated. Otherwise all of them
  --others         all but the Node that runs this
  --slice          fewer tests: about half as long
  --all            the whole suite
  --install-only   gets the Node versions, runs nothing

STEADY_WHISPER_ADDON names another addon than that in build/Release.`;

/**
 * @param {string[]} args
 * @returns {{ versions: string[], amount: "default" | "slice" | "all", installOnly: boolean } | { usage: string }}
 */
export function parseArguments(args) {
  const { values } = parseArgs({
    args,
    options: {
      node: { type: "string", multiple: true },
      others: { type: "boolean", default: false },
      slice: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      "install-only": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return { usage: USAGE };
  if (values.slice && values.all) throw new BuildError("choose one of --slice, --all");
  if (values.node && values.others) throw new BuildError("choose one of --node, --others");
  const own = Number.parseInt(process.versions.node, 10);
  const versions = (values.node ?? majors.filter((major) => !values.others || major !== own)).map(
    exactVersion,
  );
  const amount = values.all ? "all" : values.slice ? "slice" : "default";
  return { versions, amount, installOnly: values["install-only"] };
}

function exactVersion(version) {
  const exact = /^\d+\.\d+\.\d+$/.test(version) ? version : nodes[version];
  if (!exact) {
    throw new BuildError(
      `--node ${version}: choose one of ${majors.join(", ")}, or an exact version`,
    );
  }
  return exact;
}
