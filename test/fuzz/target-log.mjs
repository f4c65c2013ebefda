// Logs: a worker's lines, whole and broken, ours, and bytes of any kind, in pieces of any size. Judged, whatever they are, with
// counts that add up, and the same however they come.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { diagnoseLog } from "../../dist/diagnose/log/diagnose-log.js";
import { call, Failure } from "./calls.mjs";

/** Longest time for an input of some 100 KiB, in ms: a parser that looks back again and again needs far more. */
const LIMIT_MS = 5_000;

const pieces = fc.constantFrom(
  ...[
    "[s-2919CE6E:",
    "59] ",
    "[s-",
    "phase=",
    "segments_list_done ",
    "transcribe_done ",
    "t_trans",
  ],
  ...[
    "cribe=",
    "t_segments_list=",
    "audio_dura",
    "tion=",
    "job_index=",
    "worker_uptime=",
    "count=",
  ],
  ...[
    "ASR Worker: transcribe() completed ",
    "(took ",
    "Converted segments to list ",
    ", count=",
    ")",
  ],
  ...[
    "8.199s ",
    "98.9",
    "s",
    "ms",
    "1",
    "0",
    "-1",
    "1e9",
    "999999999",
    ".",
    "NaN",
    "\n",
    "\r\n",
    "\r",
  ],
  ...['{"job_id":"a","outcome":"completed","t_run_ms":', ',"audio_duration_s":', ',"tokens":', "}"],
  ...['"t_run_ms"', "{", '{"log":"{\\"job_id\\":', "[".repeat(3000), "{".repeat(3000), "\0", " "],
  ...["x".repeat(70_000), "\n".repeat(2000), "(took 1".repeat(500)],
);

const own = fc
  .record(
    {
      job_id: fc.string(),
      outcome: fc.constantFrom("completed", "failed"),
      t_run_ms: fc.oneof(fc.double(), fc.integer(), fc.anything()),
      audio_duration_s: fc.oneof(fc.double({ min: 0, max: 100 }), fc.anything()),
      windows: fc.nat(5),
      tokens: fc.oneof(fc.nat(300), fc.double()),
      slot: fc.nat(3),
      jobs_since_reset: fc.nat(100),
      rss_bytes: fc.double({ min: 0 }),
    },
    { requiredKeys: ["job_id", "outcome"] },
  )
  .map(
    (job) =>
      `${JSON.stringify(job, (_, value) => (typeof value === "bigint" ? `${value}` : value))}\n`,
  );

const worker = fc
  .tuple(
    fc.nat(60),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
  )
  .map(
    ([index, total, audio]) =>
      `t_segments_list=${total}s job_index=${index} audio_duration=${audio}s\n`,
  );

const text = fc.oneof(
  { weight: 4, arbitrary: pieces },
  { weight: 3, arbitrary: own },
  {
    weight: 3,
    arbitrary: fc.array(worker, { minLength: 1, maxLength: 60 }).map((lines) => lines.join("")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

export const input = fc.record({
  parts: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: text.map((part) => Buffer.from(part)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    ),
    { maxLength: 60 },
  ),
  piece: fc.integer({ min: 1, max: 3000 }),
});

export async function run({ parts, piece }) {
  const bytes = Buffer.concat(parts);
  const started = performance.now();
  const cut = await call("diagnoseLog()", () => diagnoseLog(chunks(bytes, piece)));
  const took = performance.now() - started;
  if (took > LIMIT_MS) throw new Failure(`${bytes.length} bytes took ${took.toFixed(0)} ms`);
  if (cut === undefined) throw new Failure("a log's content was refused");
  checkCounts(cut, bytes);
  const whole = await call("diagnoseLog()", () => diagnoseLog(chunks(bytes, bytes.length || 1)));
  if (!isDeepStrictEqual(cut, whole))
    throw new Failure("pieces of another size, another diagnosis");
}

async function* chunks(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function checkCounts({ bytes: read, lines, jobs, points, summary }, bytes) {
  const ends = bytes.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
  const all = ends + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0);
  const sound =
    read === bytes.length &&
    lines.all === all &&
    lines.unknown >= 0 &&
    lines.own + lines.worker + lines.unknown === all &&
    jobs.kept <= jobs.found &&
    points.length <= jobs.kept &&
    summary.length > 0 &&
    summary.every((sentence) => !/NaN|undefined|Infinity/.test(sentence));
  if (!sound)
    throw new Failure(`not a diagnosis: ${JSON.stringify({ all, lines, jobs, summary })}`);
}
