import type { Libc } from "../machine/libc.js";
import type { ModelState } from "../models/list.js";
import type { LoadFailure } from "../native/load-failure.js";
import type { SystemInfo } from "../system.js";
import type { DeviceInfo, DeviceMemory } from "../types.js";

/** What was found, unjudged. Sizes are bytes; what can't be told is left out. */
export interface DoctorFacts {
  readonly platform: PlatformFacts;
  readonly addon: AddonFacts;
  readonly gpu: GpuFacts;
  readonly models: ModelsFacts;
  readonly audio: AudioFacts;
  readonly build: BuildFacts;
}

export interface PlatformFacts {
  /** Of this package. */
  readonly version: string;
  /** Folder of this package. */
  readonly folder: string;
  readonly node: {
    readonly version: string;
    readonly supported: boolean;
    /** Version of Node-API. */
    readonly napi: string;
    readonly path: string;
  };
  readonly platform: string;
  readonly arch: string;
  /** "Debian GNU/Linux 12 (bookworm)"; elsewhere the system's own name and version. */
  readonly system: string;
  readonly libc?: Libc | undefined;
  readonly cpu: {
    readonly model: string;
    /** Physical cores that this process may use. */
    readonly usableCores: number;
    /** CPUs of the machine, hyper-threads included. */
    readonly cpus: number;
  };
  readonly memory: { readonly totalBytes: number; readonly availableBytes?: number | undefined };
}

/** A process that looked at something, and died of it or was ended. */
export interface ProbeDeath {
  readonly signal?: NodeJS.Signals | undefined;
  readonly exitCode?: number | undefined;
  /** It was ended because it took longer than this, in ms. */
  readonly timeoutMs?: number | undefined;
  /** The last line on its stderr. */
  readonly lastLine?: string | undefined;
}

export interface ProbeError {
  readonly code?: string | undefined;
  readonly message: string;
}

/** How something that was tried in a process of its own ended badly. */
export interface ProbeFailure {
  readonly error?: ProbeError | undefined;
  readonly death?: ProbeDeath | undefined;
}

/** A file that could be the addon. */
export interface CandidateFacts extends ProbeFailure {
  readonly kind: "override" | "built" | "prebuilt";
  readonly path: string;
  readonly exists: boolean;
  readonly loads: boolean;
  /** Why not. */
  readonly failure?: LoadFailure | undefined;
  /** What a prebuilt addon says that it needs. */
  readonly requirements?: PrebuildRequirements | undefined;
}

/** requirements.json of a prebuilt addon. */
export interface PrebuildRequirements {
  readonly glibc?: string;
  readonly glibcxx?: string;
  readonly whisper?: string;
  readonly variants?: readonly string[];
}

export interface AddonFacts {
  /** In the order in which they are looked for. */
  readonly candidates: readonly CandidateFacts[];
  /** Folders in prebuilds/: "linux-x64 (glibc)". */
  readonly prebuilds: readonly string[];
  /** The addon at work, in a process of its own; undefined where none can be loaded. */
  readonly use?: UseFacts | undefined;
  /** The CPU variant that the environment forces. */
  readonly forcedVariant?: string | undefined;
}

export interface UseFacts extends ProbeFailure {
  readonly system?: SystemInfo | undefined;
  /** Ggml in libraries beside the addon, or in it. */
  readonly layout: "static" | "dynamic";
  readonly availableBytes?: number | undefined;
  /** What it made of the sample that comes with the package, on the CPU. */
  readonly text?: string | undefined;
}

export interface GpuFacts {
  readonly devices: readonly GpuDeviceFacts[];
  /** Makers of the GPUs on the PCI bus (Linux), or what else says that there is one. */
  readonly present: readonly GpuMaker[];
  /** Version of NVIDIA's driver. */
  readonly nvidiaDriver?: string | undefined;
  /** The GPUs that nvidia-smi names. */
  readonly nvidiaGpus: readonly string[];
}

export type GpuMaker = "nvidia" | "amd" | "intel" | "apple";

/** A GPU that the addon offers, tried. */
export interface GpuDeviceFacts extends ProbeFailure {
  readonly device: DeviceInfo;
  readonly memory?: DeviceMemory | undefined;
  /** What it made of the sample. */
  readonly text?: string | undefined;
}

export interface ModelsFacts {
  readonly folder: string;
  readonly embedded: { readonly path: string; readonly state: "whole" | "damaged" | "absent" };
  /** Those of which something is in the cache. */
  readonly downloaded: readonly {
    readonly name: string;
    readonly state: ModelState;
    readonly sizeBytes: number;
    readonly path: string;
  }[];
  /** The model that was asked about. */
  readonly asked?: AskedModelFacts | undefined;
}

export interface AskedModelFacts extends ProbeFailure {
  /** As the user wrote it. */
  readonly name: string;
  readonly path?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** Whether it was read to its last byte, which takes the addon. */
  readonly checked: boolean;
}

export interface AudioFacts {
  readonly ffmpeg?: { readonly path: string; readonly version?: string | undefined } | undefined;
}

/** What a build on this machine would find. */
export interface BuildFacts {
  /** Whether the sources are here. */
  readonly sources: boolean;
  readonly writable: boolean;
  /** What is missing, by kind of build. Undefined: nothing. */
  readonly missing: {
    readonly cpu?: MissingTools | undefined;
    readonly cuda?: MissingTools | undefined;
  };
}

export interface MissingTools {
  /** "CMake (3.18 or newer), a C++17 compiler". */
  readonly what: string;
  /** The line that installs it, where the package manager is known. */
  readonly command?: string | undefined;
  /** Where to get what no line installs: "get CMake from https://...". */
  readonly download?: string | undefined;
}
