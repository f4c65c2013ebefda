// Which tests run on each Node: those that touch what Node's versions differ in. What they don't is covered by one.

/** The addon and its handles, garbage, environments and worker threads, the command. */
const slice = [
  "test/api/binding.test.ts",
  "test/cli/transcribe.test.ts",
  "test/lifecycle/garbage.test.ts",
  "test/lifecycle/workers.test.ts",
];

/** @type {Record<"slice" | "default" | "all", string[]>} files; none means all of them */
export const selection = {
  slice,
  default: [
    ...slice,
    "test/audio/ffmpeg.test.ts",
    "test/audio/stream.test.ts",
    "test/cli/signals.test.ts",
    "test/cli/streams.test.ts",
    "test/isolation/child.test.ts",
    "test/isolation/crash.test.ts",
    "test/isolation/environment.test.ts",
    "test/isolation/start.test.ts",
    "test/lifecycle/event-loop.test.ts",
    "test/lifecycle/exit.test.ts",
    "test/lifecycle/threads.test.ts",
    "test/models/file-lock.test.ts",
    "test/pool/real/lifecycle.test.ts",
    "test/pool/unit",
  ],
  all: [],
};
