import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { currentLibc, type Libc } from "../machine/libc.js";

/** What a failure to load a file is judged by, beside the loader's words. */
export interface LoadingMachine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly libc?: Libc | undefined;
  readonly packageManager?: PackageManager | undefined;
  /** First bytes of the file; undefined when it isn't there or can't be read. */
  readonly head?: Uint8Array | undefined;
}

export type PackageManager = "apt-get" | "dnf" | "apk";

const HEAD_BYTES = 64;

const MANAGERS: readonly (readonly [PackageManager, string])[] = [
  ["apt-get", "/usr/bin/apt-get"],
  ["dnf", "/usr/bin/dnf"],
  ["apk", "/sbin/apk"],
];

/** This machine, for the file at `path`. */
export function loadingMachine(path: string): LoadingMachine {
  return {
    platform: process.platform,
    arch: process.arch,
    libc: currentLibc(),
    packageManager: MANAGERS.find(([, file]) => existsSync(file))?.[0],
    head: headOf(path),
  };
}

function headOf(path: string): Uint8Array | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const head = new Uint8Array(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
