// Options of engines in processes of their own: what is refused, and what the refusal says.

import { describe, expect, it } from "vitest";
import { WhisperArgumentError } from "../../lib/errors.js";
import type { PoolOptions } from "../../lib/pool/options.js";
import { poolSettings } from "../../lib/pool/settings.js";

const inProcess = (engine: unknown) => ({ isolation: "process", engine }) as unknown as PoolOptions;

const wrong: [argument: string, remedy: RegExp, options: PoolOptions][] = [
  ["isolation", /"thread" or "process"/, { isolation: "fork" as never }],
  ["isolation", /"thread" or "process"/, { isolation: null as never }],
  ["engine", /an object/, inProcess(1)],
  ["engine", /an object/, inProcess(null)],
  ["engine", /an object/, inProcess([])],
  ["engine", /free of unknown names/, inProcess({ stallMS: 1000 })],
  ...[99, 0, -1, 2 ** 31, 1000.5, Number.NaN, "1000", null].flatMap((value) =>
    ["stallMs", "loadTimeoutMs"].map((name): [string, RegExp, PoolOptions] => [
      `engine.${name}`,
      /an integer from 100 to 2147483647/,
      inProcess({ [name]: value }),
    ]),
  ),
  ...[0, -1, 2 ** 30 - 1, 2 ** 53, 1.5e9 + 0.5, "4e9", null].map(
    (value): [string, RegExp, PoolOptions] => [
      "engine.maxAddressSpaceBytes",
      /an integer from 1073741824 to/,
      inProcess({ maxAddressSpaceBytes: value }),
    ],
  ),
  ...[1, "A=1", null, { A: 1 }, { A: undefined }, { "A=B": "" }, { "": "" }, { A: "a\0b" }].map(
    (value): [string, RegExp, PoolOptions] => [
      "engine.env",
      /an object of strings without NUL/,
      inProcess({ env: value }),
    ],
  ),
  ["engine", /left out with isolation "thread"/, { isolation: "thread", engine: {} }],
  ["engine", /left out with isolation "thread"/, { isolation: "thread", engine: { stallMs: 500 } }],
  ["recycle.rung", /"state" or "context"/, { isolation: "thread", recycle: { rung: "process" } }],
  ["recycle.rung", /"process"/, { isolation: "process", recycle: { rung: "host" as never } }],
];

describe("options of an engine's process", () => {
  it.each(wrong)("%s must be %s: %o", (argument, remedy, options) => {
    let error: unknown;
    try {
      poolSettings(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(WhisperArgumentError);
    expect(error).toMatchObject({ argument, code: "ERR_WHISPER_INVALID_ARG" });
    expect((error as Error).message).toMatch(remedy);
    expect((error as Error).message.startsWith(argument)).toBe(true);
  });

  it("have defaults; what is undefined is left out", () => {
    const defaults = {
      ...{ stallMs: 60_000, loadTimeoutMs: 600_000, maxAddressSpaceBytes: undefined, env: {} },
    };
    expect(poolSettings({ isolation: "process" }).engine).toEqual(defaults);
    expect(poolSettings(inProcess({ stallMs: undefined, env: undefined })).engine).toEqual(
      defaults,
    );
    expect(poolSettings({ engine: undefined }).isolation).toBe("process");
  });

  it("are taken as they are, and as they were", () => {
    const env = { A: "1", B: "" };
    const engine = { stallMs: 100, loadTimeoutMs: 2 ** 31 - 1, maxAddressSpaceBytes: 2 ** 30, env };
    const settings = poolSettings({ isolation: "process", engine, recycle: { rung: "process" } });
    env.A = "2";
    expect(settings.engine).toEqual({ ...engine, env: { A: "1", B: "" } });
    expect(settings.recycle.rung).toBe("process");
  });
});
