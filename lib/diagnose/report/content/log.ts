import type { LogDiagnosis } from "../../log-diagnosis.js";
import {
  type Block,
  list,
  paragraph,
  type ReportDocument,
  type Section,
  sentences,
} from "../document.js";
import { audioLengthFigure } from "../figures/audio-length.js";
import { logMemoryFigure } from "../figures/log-memory.js";
import { logOrderFigure } from "../figures/log-order.js";
import { duration, effectText, factor, mebibytes, percent, whole } from "../numbers.js";
import { toneOf, verdictCell } from "../verdict-words.js";
import { LOG_LIMITS, logMethod } from "./method.js";

/** What the report of a log says. */
export function logDocument(diagnosis: LogDiagnosis): ReportDocument {
  const { summary, findings, source, jobs, lines } = diagnosis;
  const [verdict = "No job was found: there is nothing to judge.", ...rest] = summary;
  const degradation = findings.find(({ id }) => id === "degradation");
  return {
    title: "Did transcription get slower in this log?",
    verdict,
    tone: degradation === undefined ? "open" : toneOf(degradation.id, degradation.verdict),
    summary: rest,
    facts: [
      source,
      `${whole(lines.all)} ${lines.all === 1 ? "line" : "lines"}`,
      `${whole(jobs.found)} ${jobs.found === 1 ? "job" : "jobs"} found`,
    ],
    sections: [
      findingsTable(diagnosis),
      charts(diagnosis),
      findingsInWords(diagnosis),
      costSection(diagnosis),
      neededSection(diagnosis),
      countsSection(diagnosis),
      logMethod(),
      { id: "limits", title: "Limits", brief: false, blocks: [list(LOG_LIMITS)] },
    ].filter(({ blocks }) => blocks.length > 0),
  };
}

function findingsTable({ findings }: LogDiagnosis): Section {
  const blocks: Block[] = [
    {
      kind: "table",
      caption: "What the log says",
      columns: [
        { title: "Question" },
        { title: "Verdict" },
        { title: "Effect", whole: true },
        { title: "Jobs", numeric: true },
      ],
      rows: findings.map(({ id, title, verdict, effect, jobs }) => [
        title,
        verdictCell(id, verdict),
        effectText(effect),
        whole(jobs),
      ]),
    },
  ];
  return { id: "verdicts", title: "Verdicts", brief: true, blocks: findings.length ? blocks : [] };
}

function findingsInWords({ findings }: LogDiagnosis): Section {
  return {
    id: "findings",
    title: "What was found",
    brief: false,
    blocks: findings.flatMap(({ id, title, verdict, says }): Block[] => [
      { kind: "heading", text: title, verdict: verdictCell(id, verdict) },
      ...sentences(says),
    ]),
  };
}

function charts(diagnosis: LogDiagnosis): Section {
  const lengths = diagnosis.points.flatMap(({ audioSeconds, totalMs, residual }) =>
    audioSeconds === undefined ? [] : [{ audioSeconds, ms: totalMs, residual }],
  );
  const figures = [
    logOrderFigure(diagnosis),
    audioLengthFigure(lengths, diagnosis.constantCost),
    logMemoryFigure(diagnosis),
  ];
  return {
    id: "charts",
    title: "What was logged",
    brief: false,
    blocks: figures.filter((figure) => figure !== undefined),
  };
}

function costSection({ constantCost }: LogDiagnosis): Section {
  const blocks: Block[] = [];
  if (constantCost !== undefined) {
    const { fixedMs, perAudioSecondMs, worstError, exact } = constantCost;
    const how = exact
      ? "It fits all jobs exactly, with nothing left over."
      : `The job that it fits worst differs by ${percent(worstError)}.`;
    blocks.push(
      paragraph(
        `Time = ${duration(fixedMs)} + ${duration(perAudioSecondMs)} per second of audio is the one constant cost that fits best. ${how}`,
      ),
    );
  }
  return { id: "cost", title: "The constant cost", brief: true, blocks };
}

function neededSection({ jobsToSee }: LogDiagnosis): Section {
  const { samePairs, normalised, rawSeconds } = jobsToSee;
  const row = (what: string, [likely, sure]: readonly [number, number]) => [
    what,
    whole(likely),
    whole(sure),
  ];
  return {
    id: "needed",
    title: "Jobs that it takes",
    brief: true,
    blocks: [
      {
        kind: "table",
        caption: `Jobs per arm to see a slowdown of ${factor(jobsToSee.factor)} with 95 % confidence`,
        columns: [
          { title: "Design" },
          { title: "Seen in 80 of 100", numeric: true },
          { title: "Seen in 95 of 100", numeric: true },
        ],
        rows: [
          row("The same clip, fresh and aged, side by side", samePairs),
          row("Any jobs, over the expected time", normalised),
          row("Any jobs, in raw seconds", rawSeconds),
        ],
      },
    ],
  };
}

function countsSection({ bytes, lines, jobs }: LogDiagnosis): Section {
  return {
    id: "counts",
    title: "What was read",
    brief: false,
    blocks: [
      {
        kind: "table",
        caption: "Lines and jobs of the log",
        columns: [{ title: "What" }, { title: "Count", numeric: true }],
        rows: [
          ["Size", bytes < 10_000 ? `${whole(bytes)} bytes` : mebibytes(bytes)],
          ["Lines", whole(lines.all)],
          ["Lines of jobs, as this package logs them", whole(lines.own)],
          ["Lines of jobs, as a worker's prose or fields", whole(lines.worker)],
          ["Lines that say nothing of a job", whole(lines.unknown)],
          ["Lines cut, as too long", whole(lines.cut)],
          ["Jobs found", whole(jobs.found)],
          ["Jobs judged", whole(jobs.kept)],
          ["Jobs left out, as their length or time is missing", whole(jobs.incomplete)],
        ],
      },
    ],
  };
}
