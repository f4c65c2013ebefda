import fc from "fast-check";

/** A job as a worker's log tells of it. */
export interface WrittenJob {
  readonly session: string;
  readonly number: number;
  readonly setUp: number;
  readonly total: number;
  readonly audio: number;
  readonly index: number;
  readonly uptime: number;
  readonly segments: number;
}

/** Lines that tell nothing of a job, some of them nearly. */
const UNKNOWN = [
  "INFO request accepted: 200 in 3 ms",
  "2025-11-20 10:41:02,114 DEBUG vad: speech=true ratio=0.53 t_vad=12ms",
  "  at Worker.run (/srv/app/worker.js:114:9)",
  "my_audio_duration=7.5s last_job_index=4",
  '{"level":30,"msg":"listening","port":8080}',
  "a phase of it",
  "",
  "\u{1f600} Gr\u00fc\u00dfe; ASR Worker: idle",
  "x".repeat(300),
];

/** Times that differ by less may be the same, rounded. */
const seconds = (least: number, most: number) =>
  fc.integer({ min: least * 100, max: most * 100 }).map((hundredths) => hundredths / 100);

const job = fc.record({
  session: fc.constantFrom("s-2919CE6E", "s-0F"),
  setUp: seconds(1, 9),
  total: seconds(2, 90),
  audio: fc.integer({ min: 50, max: 6000 }).map((hundredths) => hundredths / 100),
  segments: fc.integer({ min: 0, max: 30 }),
});

/** Jobs of one worker, one after the other. */
export const jobs: fc.Arbitrary<WrittenJob[]> = fc
  .array(job, { minLength: 1, maxLength: 8 })
  .map((list) => {
    let uptime = 60;
    return list.map((one, at) => {
      uptime = Number((uptime + one.setUp + one.total).toFixed(1));
      // Where jobs have no tags, two that are the same in everything can't be told apart.
      const setUp = Number((one.setUp + 10 * at).toFixed(2));
      return { ...one, setUp, number: 59 + at, index: 1 + at, uptime };
    });
  });

/** How the log tells of its jobs. */
export interface Style {
  readonly tags: boolean;
  readonly sentences: boolean;
  readonly firstRecord: boolean;
  readonly prefix: string;
  readonly unit: "s" | "ms";
}

export const style: fc.Arbitrary<Style> = fc.record({
  tags: fc.boolean(),
  sentences: fc.boolean(),
  firstRecord: fc.boolean(),
  prefix: fc.constantFrom("", "2025-11-20 10:41:02,114 INFO ", "[worker-1] "),
  unit: fc.constantFrom("s", "s", "ms"),
});

/** The lines of a job, the fields of its records in an order that `pick` chooses. */
export function linesOf(job: WrittenJob, style: Style, pick: () => number): string[] {
  const tag = style.tags ? `[${job.session}:${job.number}] ` : "";
  const time = (value: number) =>
    style.unit === "s" ? `${value}s` : `${Number((value * 1000).toFixed(3))}ms`;
  const shuffled = (fields: string[]) => {
    const order = fields.map((field) => ({ field, at: pick() }));
    return order.sort((a, b) => a.at - b.at).map(({ field }) => field);
  };
  const common = (uptime: number) => [
    `worker_uptime=${uptime.toFixed(1)}s`,
    `job_index=${job.index}`,
    `audio_duration=${time(job.audio)}`,
  ];
  const sentence = (text: string) => `${style.prefix}${tag}ASR Worker: ${text}`;
  const record = (fields: string[]) => `${style.prefix}${tag}${shuffled(fields).join(" ")}`;
  const lines: string[] = [];
  if (style.sentences) lines.push(sentence(`transcribe() completed (took ${time(job.setUp)})`));
  if (style.firstRecord || !style.sentences) {
    const begun = common(job.uptime - job.total);
    lines.push(record(["phase=transcribe_done", `t_transcribe=${time(job.setUp)}`, ...begun]));
  }
  if (style.sentences) {
    const took = `Converted segments to list (took ${time(job.total)}, count=${job.segments})`;
    lines.push(sentence(took));
  }
  const done = ["phase=segments_list_done", `t_segments_list=${time(job.total)}`];
  lines.push(record([...done, ...common(job.uptime)]));
  return lines;
}

/** Breaks a line at any one place; between fields, unknown lines may come there. */
export function broken(line: string, pick: () => number): string[] {
  const at = Math.floor(pick() * (line.length + 1));
  if (at === 0 || at === line.length) return [line];
  const pieces = [line.slice(0, at), line.slice(at)];
  const betweenFields = line[at] === " " && line.includes("=", at);
  return betweenFields ? [pieces[0]!, ...unknown(pick, 2), pieces[1]!] : pieces;
}

/** As a narrow terminal does. */
export function wrapped(line: string, width: number): string[] {
  return line.match(new RegExp(`.{1,${width}}`, "gu")) ?? [line];
}

/** Up to so many unknown lines. */
export function unknown(pick: () => number, most: number): string[] {
  const n = Math.floor(pick() * (most + 1));
  return Array.from({ length: n }, () => UNKNOWN[Math.floor(pick() * UNKNOWN.length)]!);
}
