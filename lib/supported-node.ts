// Parsed by Nodes that are too old for the rest of the package: nothing newer than ES2015 here, and no imports.

/** The oldest Node that this package supports: `engines` of package.json says the same. */
export const OLDEST_NODE = "20.19";

/** Whether a version of Node, such as "20.19.0", is supported. */
export function isSupportedNode(version: string): boolean {
  const [major, minor] = numbers(version);
  const [oldestMajor, oldestMinor] = numbers(OLDEST_NODE);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** What somebody does who has an older one. */
export const UPDATE_NODE =
  "Install a newer Node: `nvm install 24`, or from https://nodejs.org/en/download";

function numbers(version: string): [number, number] {
  const parts = version.split(".").map(Number);
  return [parts[0] as number, parts[1] as number];
}
