import { freemem, totalmem } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WhisperContext } from "../../lib/index.js";
import { native } from "../../lib/native/load.js";
import { availableMemory } from "../../lib/system.js";
import { isLinux } from "../support/child.js";
import { micro } from "../support/micro.js";
import { expectFailure } from "../support/outcome.js";

describe("availableMemory()", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("is a number of bytes, no more than the machine has", () => {
    const bytes = availableMemory();
    expect(Number.isSafeInteger(bytes)).toBe(true);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(totalmem());
  });

  it.runIf(isLinux)("is the addon's own figure on Linux", () => {
    const node = vi.spyOn(process, "availableMemory");
    const bytes = availableMemory() as number;
    expect(node).not.toHaveBeenCalled();
    // libuv's freemem() is MemAvailable too, without a container's limit.
    expect(bytes).toBeLessThan(freemem() + 2 ** 28);
  });

  it("is Node's where the addon can't tell, and undefined where Node can't either", () => {
    vi.spyOn(native(), "availableMemory").mockReturnValue(undefined);
    const node = vi.spyOn(process, "availableMemory").mockReturnValue(12_345);
    expect(availableMemory()).toBe(12_345);
    node.mockReturnValue(0);
    expect(availableMemory()).toBe(undefined);
  });
});

describe("deviceMemory()", () => {
  it("of a context on the CPU is undefined, also while states are made", async () => {
    const context = await WhisperContext.create(undefined, { backend: "cpu" });
    const [state, ...told] = await Promise.all([
      context.createState(),
      ...Array.from({ length: 20 }, () => context.deviceMemory()),
    ]);
    expect(state.info.bytes).toBeGreaterThan(0);
    expect(told).toEqual(Array(20).fill(undefined));
    await context.free();
  });

  it("rejects with ERR_WHISPER_FREED after free()", async () => {
    const context = await WhisperContext.create(undefined, { backend: "cpu" });
    const before = context.deviceMemory();
    const freed = context.free();
    await expectFailure(context.deviceMemory(), "ERR_WHISPER_FREED");
    await freed;
    expect(await before).toBe(undefined);
    await expectFailure(context.deviceMemory(), "ERR_WHISPER_FREED");
  });

  it("that is under way when the context is freed is answered, and free() resolves", async () => {
    const context = await WhisperContext.create(undefined, { backend: "cpu" });
    const queries = Array.from({ length: 50 }, () => context.deviceMemory());
    await context.free();
    expect(await Promise.all(queries)).toEqual(Array(50).fill(undefined));
  });
});

describe("the addon itself", () => {
  it("refuses a freed context", async () => {
    const handle = await native().loadContext(
      micro.q5_0,
      { backend: "cpu", device: 0, flashAttention: true },
      undefined,
      undefined,
    );
    expect(await handle.deviceMemory()).toBe(undefined);
    await handle.free();
    expect(() => handle.deviceMemory()).toThrow(
      expect.objectContaining({ code: "ERR_WHISPER_FREED" }),
    );
  });
});
