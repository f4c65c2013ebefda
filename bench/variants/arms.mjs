// The arms that there are: how each is named and started.

import { existsSync } from "node:fs";
import path from "node:path";
import { root } from "../support/environment.mjs";
import { ArmProcess } from "./arm-process.mjs";
import { PEERS } from "./peers.mjs";
import { WhisperCliArm } from "./whisper-cli.mjs";

/** @typedef {import("./interleave.mjs").Arm} Arm */
/** @typedef {import("./arm-worker.mjs").Request} Request */

/**
 * This library with an addon of its own; `variant`: the only one of ggml's CPU variants that it may load.
 *
 * @param {string} name
 * @param {string} addon  path
 * @param {Request} request
 * @param {string} [variant]
 * @returns {Arm}
 */
export function addonArm(name, addon, request, variant) {
  const env = { STEADY_WHISPER_ADDON: addon, STEADY_WHISPER_CPU_VARIANT: variant ?? "" };
  return {
    name,
    async start() {
      const arm = await ArmProcess.start("steady-whisper", request, env);
      if (variant === undefined || arm.info.cpuVariant === variant) return arm;
      await arm.stop();
      throw new Error(`CPU variant ${arm.info.cpuVariant} was loaded, not ${variant}`);
    },
  };
}

/** @type {(request: Request) => Arm} */
export function whisperCliArm(request) {
  return { name: "whisper-cli", start: async () => new WhisperCliArm(request) };
}

/**
 * The peers that can be loaded, and why the others can't.
 *
 * @param {Record<string, string>} notInstalled  reasons, by name
 * @param {Request} request
 */
export async function peersThatLoad(notInstalled, request) {
  const failures = { ...notInstalled };
  const loaded = [];
  for (const peer of PEERS) {
    if (failures[peer.name] !== undefined) continue;
    try {
      const arm = await peerArm(peer, request).start();
      await arm.stop();
      loaded.push(peer);
    } catch (error) {
      failures[peer.name] = error.message;
    }
  }
  return { loaded, failures };
}

/** @type {(peer: import("./peers.mjs").Peer, request: Request) => Arm} */
export function peerArm({ name, engine, libraries }, request) {
  const env = libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries };
  return {
    name: `${name}, ${request.preset}`,
    start: () => ArmProcess.start(engine, request, env),
  };
}

/** The path of a built addon. */
export function builtAddon(file, command) {
  const addon = path.resolve(root, file);
  if (!existsSync(addon)) throw new Error(`${addon} is not built: build it with \`${command}\``);
  return addon;
}
