// Who is near an engine when it dies.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { expectFailure } from "../../support/outcome.js";
import { fakeAudio } from "../fake/engine.js";
import { during, fakePool, stopClock, submit } from "../fake/pool.js";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

it("audio that an engine has died of is read again in its job's own turn, not beside others", async () => {
  const { pool, host } = await fakePool({ slots: 1 });
  const interrupted: Record<string, number> = {};
  pool.on("job", ({ jobId, interruptions }) => {
    interrupted[jobId] = interruptions;
  });
  const computing = submit(pool, fakeAudio({ name: "a", ms: 1000 }), { id: "a" });
  const deadly = submit(pool, fakeAudio({ name: "b", ms: 10, fails: "decoder" }), { id: "b" });
  expect((await during(computing)).text).toBe("a after 0");
  await during(expectFailure(deadly, "ERR_WHISPER_ENGINE_CRASHED"));
  await during(pool.close());
  // The first time it is read ahead, as anything is.
  expect(interrupted).toEqual({ a: 1, b: 3 });
  expect(host.deaths).toBe(3);
  expect(host.broken).toEqual([]);
});
