import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, extname, isAbsolute, join, resolve, sep } from "node:path";

/**
 * The absolute path of ffmpeg, or undefined when there is none. A name is looked up on the PATH; a path is taken as
 * it is. Done here rather than by the system's own search, so that neither an empty entry of the PATH nor Windows'
 * habit of looking there first ever starts an `ffmpeg` that lies in the current folder.
 */
export async function findFfmpeg(command = "ffmpeg"): Promise<string | undefined> {
  if (command.includes("/") || command.includes(sep)) {
    const path = resolve(command);
    return (await isExecutable(path)) ? path : undefined;
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    for (const name of fileNames(command)) {
      const path = join(folder, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

function fileNames(command: string): string[] {
  return process.platform === "win32" && extname(command) === "" ? [`${command}.exe`] : [command];
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
