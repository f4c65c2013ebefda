import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { request } from "../../lib/models/request.js";
import { Watchdog } from "../../lib/models/watchdog.js";
import { ModelServer, modelBytes } from "./support/model-server.js";

const bytes = modelBytes(900_000);
let server: ModelServer;
beforeEach(async () => {
  server = await ModelServer.start(bytes);
});
afterEach(() => server.stop());

test("a body outlives its Response, which is garbage while the file is made ready", async () => {
  const watchdog = new Watchdog(10_000, new AbortController().signal);
  const url = new URL(server.endpoint);
  const wanted = { url, sizeBytes: bytes.length, offset: 0, validator: undefined };
  const answer = await request(wanted, fetch, watchdog);
  if (answer.kind === "stale") throw new Error("the server has the file");
  // Finalizers run in turns of the event loop after a collection.
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc?.();
    await delay(5);
  }
  let received = 0;
  for (;;) {
    const { done, value } = await answer.reader.read();
    if (done) break;
    received += value.length;
  }
  expect(globalThis.gc).toBeDefined();
  expect(received).toBe(bytes.length);
});
