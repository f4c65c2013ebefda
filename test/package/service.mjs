// A service as users build them: an HTTP server around a pool. A test runs it on the packed library.

import Fastify from "fastify";
import { WhisperError, WhisperPool } from "steady-whisper";

const pool = await WhisperPool.create({ slots: 1, threadsPerSlot: 1, queue: { maxWaiting: 2 } });
const app = Fastify({ bodyLimit: 64 * 2 ** 20 });

app.addContentTypeParser(/^audio\//, { parseAs: "buffer" }, (_, body, done) => done(null, body));

app.post("/transcribe", async (request, reply) => {
  const controller = new AbortController();
  reply.raw.on("close", () => controller.abort("the client is gone")); // no effect once the job has ended
  try {
    const { text, timing } = await pool.transcribe(request.body, { signal: controller.signal });
    return { text, windows: timing.windows };
  } catch (error) {
    const code = error instanceof WhisperError ? error.code : undefined;
    if (code === "ERR_WHISPER_QUEUE_FULL")
      return reply.code(429).header("retry-after", 1).send({ code });
    if (code === "ERR_WHISPER_POOL_CLOSED") return reply.code(503).send({ code });
    throw error;
  }
});

app.get("/stats", () => pool.stats());

let ending = false;
// Or connections that clients keep open would keep the server open, too.
app.addHook("onSend", async (_, reply) => {
  if (ending) reply.header("connection", "close");
});

process.once("SIGTERM", async () => {
  ending = true;
  await Promise.all([app.close(), pool.drain({ timeoutMs: 60_000 })]);
  console.log("drained");
});

console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
