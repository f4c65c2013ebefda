// Judges a log of so many MiB that is made on the way, and prints what that took: MB/s, and by how much the process grew.
//
//   npm run build:ts && node test/diagnose/log/huge.mjs 1024

import { diagnoseLog } from "../../../dist/diagnose/log/diagnose-log.js";

const mib = Number(process.argv[2] ?? 256);
const MIB = 1024 * 1024;

/** A MiB of other lines, with a job in their midst. */
function megabyte(job) {
  const lines = [];
  for (let size = 0, line = 0; size < MIB - 500; line++) {
    const text = `2025-11-20 10:41:${line % 60} INFO [api] request=${job}-${line} path=/v1/items status=200 t_total=${line % 97}ms phase=done`;
    lines.push(text);
    size += text.length + 1;
  }
  const record = `t_segments_list=${(2 + (job % 7)).toFixed(3)}s worker_uptime=${10 * job}.5s job_index=${job} audio_dura`;
  lines.splice(
    lines.length / 2,
    0,
    "phase=transcribe_done t_transcribe=4.059s",
    record,
    `tion=${1 + (job % 7)}.00s`,
  );
  return Buffer.from(`${lines.join("\n")}\n`);
}

let most = 0;
async function* log() {
  for (let job = 1; job <= mib; job++) {
    yield megabyte(job);
    most = Math.max(most, process.memoryUsage.rss());
  }
}

await diagnoseLog(
  (async function* () {
    yield megabyte(1);
  })(),
); // what is made once
globalThis.gc?.();
const before = process.memoryUsage.rss();
const started = performance.now();
const { bytes, lines, jobs } = await diagnoseLog(log());
const seconds = (performance.now() - started) / 1000;
const grown = (most - before) / MIB;
console.log(
  JSON.stringify({
    bytes,
    lines,
    jobs,
    seconds,
    mbPerSecond: bytes / 1e6 / seconds,
    grownMib: grown,
  }),
);
