// What is said of a GPU backend whose trial went wrong.

import { describe, expect, it } from "vitest";
import { explainTrial } from "../../lib/native/gpu-trial-failure.js";
import { tryGpuBackend, tryGpuBackendSync } from "../../lib/native/try-gpu-backend.js";

const cuda = { backend: "cuda", path: "/app/glibc/libggml-cuda.so" } as const;
const vulkan = { backend: "vulkan", path: "/app/glibc/libggml-vulkan.so" } as const;
const aborted = (stderr: string) => ({ stderr, signal: "SIGABRT", error: null });

describe("a trial that went wrong", () => {
  it("names what went wrong, not where ggml noticed", () => {
    const { reason } = explainTrial(
      cuda,
      aborted(
        "CUDA error: out of memory\n  current device: 0\n/src/ggml-cuda.cu:103: CUDA error\n",
      ),
    );
    expect(reason).toContain("CUDA error: out of memory");
  });

  it("passes over what Node adds", () => {
    const { reason } = explainTrial(cuda, {
      stderr: "Error: Cannot find module '/gone.node'\n    at Module.load\n\nNode.js v20.20.2\n",
      signal: null,
      error: null,
    });
    expect(reason).toContain("Cannot find module");
  });

  it("tells a driver that can't start from a backend of another version", () => {
    const end = { stderr: "", signal: null, error: null };
    const started = explainTrial(vulkan, end, `${vulkan.path} could not be initialised`);
    expect(started.remedy).toContain("vulkaninfo");
    const other = explainTrial(vulkan, end, `${vulkan.path} is no backend of this version of ggml`);
    expect(other.remedy).toContain("npx steady-whisper build --vulkan --force");
  });

  it("is a reason, not an exception, where there is no addon to try it with", async () => {
    for (const tried of [
      await tryGpuBackend("/gone.node", cuda),
      tryGpuBackendSync("/gone.node", cuda),
    ]) {
      expect(tried).toMatchObject({ backend: "cuda", usable: false, devices: [] });
      expect(tried.reason).toContain("/gone.node");
    }
  });
});
