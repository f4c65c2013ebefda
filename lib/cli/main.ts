#!/usr/bin/env node
import { isSupportedNode, OLDEST_NODE, UPDATE_NODE } from "../supported-node.js";

// What an old Node can't parse is imported only where there is a newer one.
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (isSupportedNode(process.versions.node)) {
    const { runCli } = await import("./program.js");
    process.exitCode = await runCli(args);
    return;
  }
  process.exitCode = 1;
  if (args[0] === "doctor" && (await doctorOnOldNode(args))) return;
  process.stderr.write(
    `steady-whisper: needs Node ${OLDEST_NODE} or newer; this is ${process.versions.node} (${process.execPath}). ${UPDATE_NODE}.\n`,
  );
}

/** False where even that can't be parsed. */
async function doctorOnOldNode(args: readonly string[]): Promise<boolean> {
  try {
    const { printPlatform } = await import("../doctor/old-node.js");
    await printPlatform(args.includes("--json"));
    return true;
  } catch {
    return false;
  }
}

main();
