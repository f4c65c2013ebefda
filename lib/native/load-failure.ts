import { readdirSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { fileArchitecture } from "./file-architecture.js";
import { type LoadingMachine, loadingMachine } from "./loading-machine.js";
import { missingLibrary } from "./missing-library.js";

/** Why a shared library, the addon or a GPU backend, can't be loaded. */
export interface LoadFailure {
  readonly kind: LoadFailureKind;
  /** One sentence. */
  readonly reason: string;
  /** What to do: one sentence. */
  readonly remedy: string;
  /** The library that is missing or too old. */
  readonly library?: string;
  /** The version, or the architecture, that is needed. */
  readonly needed?: string;
  /** What is there in its place, where that is known. */
  readonly present?: string;
}

/**
 * - `glibc`, `libstdc++`: the system's is older than the file needs.
 * - `wrong-libc`: for musl, and this is glibc, or the other way round.
 * - `driver-missing`: the driver of the GPU.
 * - `corrupt`: no whole file, or one of several that don't belong together.
 * - `node-api`: this Node hasn't got what it needs, or it is no addon.
 * - `not-permitted`: the system refuses: rights, `noexec`, a signature.
 */
export type LoadFailureKind =
  | "glibc"
  | "libstdc++"
  | "missing-library"
  | "driver-missing"
  | "wrong-architecture"
  | "wrong-libc"
  | "not-found"
  | "corrupt"
  | "node-api"
  | "not-permitted"
  | "other";

/** What a rule has to go by. */
interface Failure {
  /** The loader's words. */
  message: string;
  path: string;
  machine: LoadingMachine;
  /** The command that builds the file anew. */
  rebuild: string;
}

/** Undefined when a rule doesn't know the loader's words. The first one that does is right. */
type Rule = (failure: Failure) => LoadFailure | undefined;

/**
 * What the words of a loader (glibc's, musl's, macOS', Windows') mean and what helps.
 *
 * @param error What `require()`, `process.dlopen()` or `dlerror()` said.
 * @param path The file that was to be loaded.
 * @param machine For tests: where that was.
 */
export function explainLoadFailure(
  error: unknown,
  path: string,
  machine: LoadingMachine = loadingMachine(path),
): LoadFailure {
  const message = error instanceof Error ? error.message : String(error);
  const failure = { message, path, machine, rebuild: rebuildCommand(path) };
  for (const rule of RULES) {
    const known = rule(failure);
    if (known) return known;
  }
  return {
    kind: "other",
    reason: `The system's loader says: ${oneLine(message)}.`,
    remedy: build(failure),
  };
}

/**
 * The command that builds anew what lies at `path`. In `build/Release` the builder would take a file that is there for a good
 * one, whatever its system: it has to be forced. A build replaces the last one: GPU backends that were built are named again.
 */
export function rebuildCommand(path: string): string {
  const built = path.includes(`${sep}build${sep}`);
  const files = [basename(path), ...(built ? filesBeside(path) : [])];
  const backends = ["cuda", "vulkan", "metal"].filter((backend) =>
    files.some((file) => file.match(GPU_BACKEND)?.[1] === backend),
  );
  const flags = [...backends, ...(built ? ["force"] : [])].map((flag) => `--${flag}`);
  return ["npx steady-whisper build", ...flags].join(" ");
}

const GPU_BACKEND = /ggml-(cuda|vulkan|metal)\b/;

/** The addon's libraries lie beside it, or in a folder that is called after the C library. */
function filesBeside(path: string): string[] {
  const folder = dirname(path);
  return [folder, join(folder, "glibc"), join(folder, "musl")].flatMap((each) => {
    try {
      return readdirSync(each);
    } catch {
      return []; // isn't there
    }
  });
}

const tooOldLibrary: Rule = ({ message, machine, rebuild }) => {
  const found = message.match(/(\S+): version [`'"]([^'`"]+)['"] not found/);
  if (!found) return undefined;
  const [library, version] = [basename(found[1] as string), found[2] as string];
  const needed = version.replace(/^[A-Za-z]+_/, "");
  if (version.startsWith("GLIBC_")) {
    const present = machine.libc?.name === "glibc" ? machine.libc.version : undefined;
    return {
      ...{ kind: "glibc", library, needed, ...(present !== undefined && { present }) },
      reason: `It needs glibc ${needed} or newer; ${present === undefined ? "this system's is older" : `this system has ${present}`}.`,
      remedy: `Build it on this machine: \`${rebuild}\`; or use a newer system.`,
    };
  }
  if (/^(GLIBCXX|CXXABI)_/.test(version)) {
    return {
      ...{ kind: "libstdc++", library, needed: version },
      reason: `It needs a newer C++ library (${version}) than this system's ${found[1]}.`,
      remedy: `Build it on this machine: \`${rebuild}\`; or use a newer system.`,
    };
  }
  const known = missingLibrary(library, rebuild, machine.packageManager);
  return {
    ...{ kind: "missing-library", library, needed: version },
    reason: `It needs another version of ${library} (${version}) than ${found[1]}.`,
    remedy: known.remedy,
  };
};

/** glibc, musl and macOS name what they don't find; when that is the file itself, it may be there and for another machine. */
const notFound: Rule = (failure) => {
  const { message, path, machine, rebuild } = failure;
  const name =
    message.match(/(?:^|: )([^\s:][^:]*): cannot open shared object file: No such file/)?.[1] ??
    message.match(/Error loading shared library ([^:]+): No such file/)?.[1] ??
    message.match(/Library not loaded: (\S+)/)?.[1];
  const gone =
    (name !== undefined && basename(name) === basename(path)) ||
    (/no such file|Cannot find module/i.test(message) && name === undefined) ||
    // Windows has the same words for the file and for what it needs.
    (/specified module could not be found/.test(message) && machine.head === undefined);
  if (gone) {
    return {
      kind: "not-found",
      reason: machine.head === undefined ? "There is no such file." : "It can't be opened.",
      remedy: build(failure),
    };
  }
  if (/specified module could not be found/.test(message)) return missingDll(failure);
  if (name === undefined) return undefined;
  const library = basename(name);
  const { kind, what, remedy } = missingLibrary(library, rebuild, machine.packageManager);
  return {
    ...{ kind, library, remedy },
    reason:
      kind === "wrong-libc"
        ? `It is built for ${what}, and this system has ${machine.libc?.name ?? "another one"}.`
        : `It needs ${library}, ${what}, which isn't found.`,
  };
};

/** Windows doesn't say which. */
function missingDll({ path, rebuild }: Failure): LoadFailure {
  if (/ggml-cuda/.test(basename(path))) {
    return {
      kind: "driver-missing",
      reason: "A library that it needs isn't found: of NVIDIA's driver or of the CUDA toolkit.",
      remedy: `Install the driver of the GPU (https://www.nvidia.com/drivers) and the CUDA toolkit that it was built with, or build it with this machine's: \`${rebuild}\`.`,
    };
  }
  return {
    kind: "missing-library",
    reason: "A library that it needs isn't found, most likely Microsoft's C++ runtime.",
    remedy:
      "Install the Visual C++ Redistributable: `winget install Microsoft.VCRedist.2015+.x64` (`.arm64` on ARM).",
  };
}

/** Of the files that a platform loads, where it isn't ELF; Windows' own isn't looked into. */
const FORMATS: Readonly<Record<string, string>> = { darwin: "mach-o", win32: "pe" };

const wrongArchitecture: Rule = ({ message, machine, rebuild }) => {
  const words = message.match(
    /incompatible architecture \(have '?([\w-]+)'?,? \(?need '?([\w-]+)'?/,
  );
  const file = machine.head && fileArchitecture(machine.head);
  const format = FORMATS[machine.platform] ?? "elf";
  const otherSystem = file !== undefined && file.format !== format;
  const otherCpu = file?.arch !== undefined && file.arch !== machine.arch;
  const said =
    /wrong ELF class|wrong architecture|Exec format error|not a valid Win32 application/i.test(
      message,
    );
  if (!words && !otherSystem && !otherCpu && !(said && machine.platform === "win32")) {
    return undefined;
  }
  const present = words?.[1] ?? file?.arch;
  const needed = words?.[2] ?? machine.arch;
  const what = otherSystem
    ? "It was built for another operating system"
    : present === undefined
      ? "It was built for another processor, or isn't whole"
      : `It was built for ${present}`;
  return {
    ...{ kind: "wrong-architecture", needed, ...(present !== undefined && { present }) },
    reason: `${what}; this Node runs on ${machine.platform} ${machine.arch}.`,
    remedy: `Install the package on this machine, not a copy of another's node_modules, or build it here: \`${rebuild}\`.`,
  };
};

const otherLibc: Rule = ({ message, machine, rebuild }) => {
  // The linker script that glibc's developers' package has where musl has its library; what only glibc exports.
  const forMusl = /libc\.so: invalid ELF header/.test(message);
  const forGlibc =
    machine.libc?.name === "musl" &&
    /(__\w+_chk|gnu_get_libc_version|_dl_\w+|__libc_\w+|\w+64): symbol not found/.test(message);
  if (!forMusl && !forGlibc) return undefined;
  const [built, here] = forMusl ? ["musl", "glibc"] : ["glibc", "musl"];
  return {
    ...{ kind: "wrong-libc", needed: built, present: here },
    reason: `It is built for the C library ${built}, and this system has ${here}.`,
    remedy: `Build it on this machine: \`${rebuild}\`.`,
  };
};

const missingSymbol: Rule = ({ message, rebuild }) => {
  const symbol =
    message.match(/undefined symbol: ([\w@.]+)/)?.[1] ??
    message.match(/: (\w+): symbol not found/)?.[1] ??
    message.match(/[Ss]ymbol not found:? (?:in flat namespace )?'?_?(\w+)/)?.[1];
  const unnamed = /specified procedure could not be found/.test(message);
  if (symbol === undefined && !unnamed) return undefined;
  if (symbol && /^(napi_|node_api_)/.test(symbol)) {
    return {
      ...{ kind: "node-api", needed: symbol },
      reason: `It needs ${symbol}, a function of Node-API that this program doesn't have.`,
      remedy: "Use Node 20.19 or newer.",
    };
  }
  return {
    ...{ kind: "corrupt", ...(symbol !== undefined && { needed: symbol }) },
    reason: `It needs ${symbol ?? "a function"} that the libraries don't have which it finds: files of different builds are mixed.`,
    remedy: `Install the package again, or build it: \`${rebuild}\`.`,
  };
};

const noAddon: Rule = ({ message, rebuild }) => {
  if (!/did not self-register|NODE_MODULE_VERSION/.test(message)) return undefined;
  return {
    kind: "node-api",
    reason: "It isn't an addon of this package, or was built for another version of Node alone.",
    remedy: `Build it: \`${rebuild}\`.`,
  };
};

const corrupt: Rule = ({ message, path, rebuild }) => {
  const words =
    /(?:(?:^|: )([^\s:][^:]*): )?(file too short|invalid ELF header|Exec format error|wrong ELF class|ELF load command|cannot read file data|cannot dynamically load)|not valid mach-o|not a mach-o|truncated|not a valid Win32/i;
  const found = message.match(words);
  if (!found) return undefined;
  const library = found[1] === undefined ? undefined : basename(found[1]);
  if (library !== undefined && library !== basename(path)) {
    return {
      ...{ kind: "corrupt", library },
      reason: `It needs ${found[1]}, which is damaged or for another machine: ${found[2]}.`,
      remedy: "Install that library again, by the package manager of the system.",
    };
  }
  return {
    kind: "corrupt",
    reason: "The file is damaged: it isn't a whole shared library.",
    remedy: `Install the package again, or build it: \`${rebuild}\`.`,
  };
};

const noMemory: Rule = ({ message }) =>
  /Cannot allocate memory|not enough (memory|quota)/i.test(message)
    ? {
        kind: "other",
        reason: `There is no memory for it: ${oneLine(message)}.`,
        remedy: "Give the process, or its container, more memory.",
      }
    : undefined;

const notPermitted: Rule = ({ message, path }) => {
  const noexec = /failed to map segment|Operation not permitted/i.test(message);
  const signature = /code signature|library load disallowed|not valid for use in process/i.test(
    message,
  );
  if (!noexec && !signature && !/Permission denied|Access is denied/i.test(message)) {
    return undefined;
  }
  return {
    kind: "not-permitted",
    reason: `The system doesn't allow to run code of this file: ${oneLine(message)}.`,
    remedy: signature
      ? `Sign it anew: \`codesign --force --sign - ${JSON.stringify(path)}\`.`
      : noexec
        ? "Install the package on a file system that isn't mounted with noexec."
        : "Give the user of this process the right to read the file and its folders.",
  };
};

/** Small room that every library of a process shares; it is taken when libgomp comes late. */
const threadLocalRoom: Rule = ({ message }) => {
  const library = message.match(/(\S+): cannot allocate memory in static TLS block/)?.[1];
  if (library === undefined) return undefined;
  return {
    ...{ kind: "other", library: basename(library) },
    reason: `Other addons have left no room for thread-local variables of ${basename(library)}.`,
    remedy: `Start Node with \`LD_PRELOAD=${library}\`, or load steady-whisper first.`,
  };
};

// What names a thing comes before what may be said of many.
const RULES: readonly Rule[] = [
  tooOldLibrary,
  otherLibc,
  threadLocalRoom,
  wrongArchitecture,
  noMemory,
  notPermitted,
  notFound,
  missingSymbol,
  noAddon,
  corrupt,
];

function build({ rebuild }: Failure): string {
  return `Build it: \`${rebuild}\`.`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ").replace(/\.$/, "");
}
