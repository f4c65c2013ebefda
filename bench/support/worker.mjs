// A worker process as services have it that restart it to get rid of what jobs leave behind: it loads a model, says so,
// runs a job for each message, and ends when it is told to. Started by worker-process.mjs.

import path from "node:path";
import { root } from "./environment.mjs";
import { idsOf } from "./models.mjs";

const { WhisperContext } = await import(path.join(root, "dist/index.js"));
const context = await WhisperContext.create(process.argv[2], { backend: "cpu" });
const state = await context.createState();

process.on("message", async (job) => {
  if (job === "stop") {
    await context.free();
    process.send({ cpu: process.cpuUsage() });
    process.disconnect();
    return;
  }
  const result = await state.transcribe(job.file, job.options);
  process.send({
    ids: idsOf(result),
    runDelayMs: result.timing.runDelayMs,
    cpu: process.cpuUsage(),
  });
});
process.send({ cpu: process.cpuUsage() }); // ready
