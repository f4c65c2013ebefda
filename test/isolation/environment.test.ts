// Which of the host's environment variables an engine's process gets.

import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { engineEnvironment, engineFolder } from "../../lib/engine/process/environment.js";

const secrets = [
  ...["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "DATABASE_URL", "PGPASSWORD", "GITHUB_TOKEN"],
  ...["OPENAI_API_KEY", "HF_TOKEN", "npm_config__auth", "NPM_TOKEN", "KUBECONFIG", "SSH_AUTH_SOCK"],
  ...["NVIDIA_API_KEY", "CUDA_DOWNLOAD_TOKEN", "GGML_UPLOAD_SECRET", "VK_PASSWORD"],
];
const nodes = ["NODE_OPTIONS", "NODE_PATH", "NODE_CHANNEL_FD", "NODE_ENV", "npm_lifecycle_event"];
const passed = [
  ...["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "LD_PRELOAD"],
  ...["CUDA_VISIBLE_DEVICES", "CUDA_CACHE_PATH", "NVIDIA_VISIBLE_DEVICES", "VK_ICD_FILENAMES"],
  ...["GGML_VK_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"],
  ...["OMP_NUM_THREADS", "OMP_WAIT_POLICY", "KMP_BLOCKTIME", "GOMP_CPU_AFFINITY"],
  ...["MALLOC_TRIM_THRESHOLD_", "MALLOC_ARENA_MAX", "MALLOC_CONF", "GLIBC_TUNABLES"],
  ...["ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"],
];
const valued = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, `value of ${name}`]));

describe("the environment of an engine", () => {
  it.each([...secrets, ...nodes])("has no %s", (name) => {
    expect(engineEnvironment(valued([name]), {})).not.toHaveProperty(name);
  });

  it.each(passed)("has the host's %s", (name) => {
    expect(engineEnvironment(valued([name]), {})[name]).toBe(`value of ${name}`);
  });

  it("has nothing but what is on the list", () => {
    const host = valued([...secrets, ...nodes, ...passed, "X", "_", "MY_PATH", "PATH2"]);
    const names = Object.keys(engineEnvironment(host, {}));
    expect(names.toSorted()).toEqual(
      [...passed, "GGML_NO_BACKTRACE", "ELECTRON_RUN_AS_NODE"].toSorted(),
    );
  });

  it("has the user's own variables, whatever they are called, before everything else", () => {
    const own = { PATH: "/mine", NODE_OPTIONS: "--no-warnings", GGML_NO_BACKTRACE: "0", KEY: "" };
    expect(engineEnvironment(valued(["PATH", "LANG"]), own)).toMatchObject({
      ...own,
      LANG: "value of LANG",
    });
  });

  it("names the same addon as the host's, from another folder", () => {
    const relative = "build/Release/steady_whisper.node";
    const { STEADY_WHISPER_ADDON: addon } = engineEnvironment(
      { STEADY_WHISPER_ADDON: relative },
      {},
    );
    expect(addon).toBe(resolve(relative));
    for (const none of [{}, { STEADY_WHISPER_ADDON: "" }]) {
      expect(engineEnvironment(none, {})).not.toHaveProperty("STEADY_WHISPER_ADDON");
    }
  });
});

describe("the folder of an engine", () => {
  it("is there, and is the root", () => {
    expect(existsSync(engineFolder()) && isAbsolute(engineFolder())).toBe(true);
    if (process.platform !== "win32") expect(engineFolder()).toBe("/");
  });
});
