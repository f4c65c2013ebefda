import type { Diagnosis } from "../../diagnosis.js";
import { type Block, paragraph, type Section } from "../document.js";
import { STOPPED } from "../labels.js";
import { mebibytes, moment, whole } from "../numbers.js";

/** What was run, on what, and how to run it again. */
export function runSection(diagnosis: Diagnosis): Section {
  const { settings, machine, jobs, measurements } = diagnosis;
  const blocks: Block[] = [
    {
      kind: "table",
      caption: "Settings, machine and counts",
      columns: [{ title: "What" }, { title: "Value", data: true }],
      rows: [
        ["Model", settings.model],
        ["Compared with", settings.compareWith ?? "nothing"],
        ["Blocks", blocksOf(diagnosis)],
        ["Why no more", STOPPED[diagnosis.stopped] ?? diagnosis.stopped],
        ["Jobs run", whole(measurements.length)],
        ["Jobs judged", whole(jobs.judged)],
        ["Left out: waited for processors for too long", whole(jobs.waited)],
        ["Left out: failed", failures(diagnosis)],
        ["Threads", whole(settings.threads)],
        ["Decoding options", optionsText(settings.options)],
        ["Seed", `${settings.seed}`],
        [
          "Machine",
          `${machine.cpu}, ${whole(machine.cores)} cores, ${mebibytes(machine.memoryBytes)}`,
        ],
        ["Platform", machine.platform],
        [
          "Versions",
          `steady-whisper ${machine.version}, whisper.cpp ${machine.whisperVersion}, Node ${machine.node}`,
        ],
        ["Begun", moment(diagnosis.startedAt)],
        ["Ended", moment(diagnosis.finishedAt)],
      ],
    },
  ];
  if (settings.clips.length > 0) {
    blocks.push({
      kind: "table",
      caption: "Clips",
      columns: [
        { title: "Clip", data: true },
        { title: "Class" },
        { title: "Length", numeric: true },
        { title: "From", data: true },
      ],
      rows: settings.clips.map(({ name, clipClass, audioSeconds, source }) => [
        name,
        clipClass,
        `${audioSeconds.toFixed(2)} s`,
        source,
      ]),
    });
  }
  blocks.push(
    paragraph(
      "To repeat it with the same order of arms and clips, add the audio and the decoding options from above:",
    ),
    { kind: "code", text: command(diagnosis) },
  );
  return { id: "run", title: "What was run", brief: false, blocks };
}

function blocksOf({ blocks, settings }: Diagnosis): string {
  const asked =
    settings.blocks === undefined
      ? `until there are verdicts, at most ${whole(settings.maxBlocks)}`
      : `${whole(settings.blocks)} asked for`;
  const limit =
    settings.timeLimitMinutes === undefined ? "" : `, within ${settings.timeLimitMinutes} minutes`;
  return `${whole(blocks)} (${asked}${limit})`;
}

/** Their number, and by which codes. */
function failures({ jobs, measurements }: Diagnosis): string {
  const codes = [...new Set(measurements.flatMap(({ error }) => (error ? [error] : [])))];
  return codes.length === 0 ? whole(jobs.failed) : `${whole(jobs.failed)} (${codes.join(", ")})`;
}

function optionsText(options: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return "the defaults";
  return entries.map(([name, value]) => `${name}: ${valueText(value)}`).join(", ");
}

/** Anything that JSON can't say is said by its kind. */
function valueText(value: unknown): string {
  return typeof value === "bigint" ? `${value}` : (JSON.stringify(value) ?? `a ${typeof value}`);
}

function command({ settings, blocks }: Diagnosis): string {
  const words = ["steady-whisper", "diagnose", "--model", quoted(settings.model)];
  words.push(
    "--blocks",
    `${blocks}`,
    "--threads",
    `${settings.threads}`,
    "--seed",
    `${settings.seed}`,
  );
  if (settings.compareWith !== undefined)
    words.push("--compare-with", quoted(settings.compareWith));
  return words.join(" ");
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
