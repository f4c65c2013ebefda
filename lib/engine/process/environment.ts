import { dirname, parse, resolve } from "node:path";
import { CHILD_ENVIRONMENT } from "../../native/child-environment.js";

/**
 * Variables of the host that its engines get. Everything else stays with the host: database passwords and cloud keys have no
 * business in a process that decodes what strangers send.
 */
const PASSED_ON: readonly RegExp[] = [
  // To find ffmpeg, its temporary folder, and shared libraries; what text is written in.
  /^(PATH|TMPDIR|TEMP|TMP|HOME|LANG|LC_\w+|TZ)$/i,
  /^(LD_LIBRARY_PATH|LD_PRELOAD|DYLD_\w+)$/,
  // Windows starts no program without these.
  /^(SystemRoot|windir|ComSpec|PATHEXT)$/i,
  // GPUs, their drivers and loaders.
  /^(CUDA|NVIDIA|GGML|VK|HIP|HSA|ROCR|MTL)_\w+$|^XDG_(DATA|CONFIG)_\w+$/,
  /^STEADY_WHISPER_CPU_VARIANT$/,
  // Threads, the allocator, sanitizers.
  /^(OMP|GOMP|KMP|MALLOC|MIMALLOC)_\w+$|^MALLOC_CONF$|^GLIBC_TUNABLES$|^(A|L|UB|T)SAN_OPTIONS$/,
];

/** Variables that are not passed on all the same: some makers of GPUs sell services, too (NVIDIA_API_KEY). */
const SECRET = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL/i;

/** The environment of an engine's process. `own`: variables that the user wants there. */
export function engineEnvironment(
  host: NodeJS.ProcessEnv,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const passed = Object.entries(host).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      PASSED_ON.some((pattern) => pattern.test(entry[0])) &&
      !SECRET.test(entry[0]),
  );
  const addon = own.STEADY_WHISPER_ADDON ?? host.STEADY_WHISPER_ADDON;
  return {
    ...Object.fromEntries(passed),
    ...CHILD_ENVIRONMENT,
    ...own,
    // The child has another working directory.
    ...(addon ? { STEADY_WHISPER_ADDON: resolve(addon) } : {}),
  };
}

/** A folder that is always there and holds nothing of the host's: paths cross as absolute ones. */
export function engineFolder(): string {
  return parse(dirname(process.execPath)).root;
}
