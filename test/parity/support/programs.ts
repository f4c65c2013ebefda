import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const AUDIO = join(ROOT, "models", "micro", "test-audio");

/** A file of the embedded model. */
export function microModel(type: "q5_0" | "q8_0" | "f16"): string {
  return join(ROOT, "models", "micro", `micro-${type}.bin`);
}

/** A program of the test build. `STEADY_WHISPER_TEST_PROGRAMS` names another folder than build-tests/Release. */
export function testProgram(name: "parity" | "whisper-cli"): string {
  const folder = process.env.STEADY_WHISPER_TEST_PROGRAMS ?? join(ROOT, "build-tests", "Release");
  const path = join(folder, process.platform === "win32" ? `${name}.exe` : name);
  if (!existsSync(path)) {
    throw new Error(
      `${path} is not built: build it with \`node scripts/test-native.mjs --build-only\``,
    );
  }
  return path;
}
