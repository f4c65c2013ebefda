// The process of one arm: opens an engine, says so, and runs a job for each message. Started by arm-process.mjs.
//
// CPU time is that of the whole process, with all threads that a job uses.

/**
 * @typedef {object} Request
 * @property {string} model  path
 * @property {string} audio  path of a WAV file: 16 kHz, mono, 16 bits
 * @property {number} threads
 * @property {"default" | "equal"} preset  as the engine's README has it, or greedy without fallback, in English
 */

/**
 * What a module in engines/ exports: makes ready for jobs.
 * @typedef {(request: Request) => Promise<{ info: object, run: () => Promise<string> }>} Open
 */

const [engine, request] = process.argv.slice(2);

async function job(run) {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const text = await run();
  const { user, system } = process.cpuUsage(before);
  return {
    text: text.trim(),
    cpuMs: (user + system) / 1000,
    wallMs: performance.now() - startedAt,
  };
}

try {
  /** @type {{ open: Open }} */
  const { open } = await import(`./engines/${engine}.mjs`);
  const { info, run } = await open(JSON.parse(request));
  process.on("message", async () => {
    try {
      process.send(await job(run));
    } catch (error) {
      process.send({ error: error.message });
    }
  });
  // Some engines would keep it alive.
  process.on("disconnect", () => process.exit());
  process.send({ info });
} catch (error) {
  process.send({ error: error.message });
  process.disconnect();
}
