import type { Diagnosis } from "../../diagnosis.js";
import { list, type ReportDocument, type Section } from "../document.js";
import { ageingFigure } from "../figures/ageing.js";
import { audioLengthFigure } from "../figures/audio-length.js";
import { effectsFigure } from "../figures/effects.js";
import { judgedJobs, tellingChannel } from "../figures/jobs.js";
import { memoryFigure } from "../figures/memory.js";
import { runOrderFigure } from "../figures/run-order.js";
import { STOPPED } from "../labels.js";
import { moment, span, whole } from "../numbers.js";
import { gravest, toneOf } from "../verdict-words.js";
import { comparisonsSection } from "./comparisons.js";
import { deviceSection } from "./device.js";
import { findingsSection, verdictSection } from "./hypotheses.js";
import { experimentMethod, LIMITS } from "./method.js";
import { remediesSection } from "./remedies.js";
import { runSection } from "./run.js";

/** What the report of an experiment says. */
export function experimentDocument(diagnosis: Diagnosis): ReportDocument {
  const { hypotheses, summary, blocks, jobs, stopped } = diagnosis;
  const [verdict = "Nothing was measured: there is nothing to judge.", ...rest] = summary;
  const took = Date.parse(diagnosis.finishedAt) - Date.parse(diagnosis.startedAt);
  return {
    title: "Does transcription get slower here?",
    verdict,
    tone: hypotheses.length === 0 ? "open" : gravest(toneOfAll(diagnosis)),
    summary: rest,
    facts: [
      `Measured ${moment(diagnosis.startedAt)}`,
      `${whole(blocks)} ${blocks === 1 ? "block" : "blocks"}, ${whole(jobs.judged)} jobs judged`,
      `took ${span(took)}`,
      `ended as ${STOPPED[stopped] ?? stopped}`,
    ],
    sections: [
      verdictSection(diagnosis),
      chartsSection(diagnosis),
      remediesSection(diagnosis),
      findingsSection(diagnosis),
      comparisonsSection(diagnosis),
      deviceSection(diagnosis),
      runSection(diagnosis),
      experimentMethod(diagnosis),
      { id: "limits", title: "Limits", brief: false, blocks: [list(LIMITS)] },
    ].filter(({ blocks: all }) => all.length > 0),
  };
}

/** An open question about another build or the like doesn't make the whole one: what is refuted or found does. */
function toneOfAll({ hypotheses, settings }: Diagnosis) {
  return hypotheses
    .filter(({ id }) => id !== "H5" || settings.compareWith !== undefined)
    .map(({ id, verdict }) => toneOf(id, verdict));
}

function chartsSection(diagnosis: Diagnosis): Section {
  const channel = tellingChannel(diagnosis);
  const jobs = judgedJobs(diagnosis, channel);
  const wholeJobs = channel === "total" ? jobs : judgedJobs(diagnosis, "total");
  const figures = [
    ageingFigure(jobs, channel),
    effectsFigure(diagnosis.contrasts),
    memoryFigure(diagnosis),
    runOrderFigure(jobs, channel),
    audioLengthFigure(
      wholeJobs.map(({ audioSeconds, ownMs, residual }) => ({ audioSeconds, ms: ownMs, residual })),
    ),
  ];
  return {
    id: "charts",
    title: "What was measured",
    brief: false,
    blocks: figures.filter((figure) => figure !== undefined),
  };
}
