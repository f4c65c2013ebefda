import { basename } from "node:path";
import { formatBytes } from "../../format-bytes.js";
import type { AskedModelFacts, DoctorFacts, ModelsFacts } from "../facts.js";
import { type Finding, findingsOf } from "../finding.js";
import { deathWords, sentence } from "../words.js";

const { ok, note, problem } = findingsOf("models");

type Downloaded = ModelsFacts["downloaded"][number];

/** The model of the package, those in the cache, and the one that was asked about. */
export function judgeModels({ models, addon, platform }: DoctorFacts): Finding[] {
  const available = addon.use?.availableBytes ?? platform.memory.availableBytes;
  const broken = models.downloaded.filter(({ state }) => state !== "ready");
  return [
    judgeEmbedded(models.embedded),
    judgeCache(models),
    ...broken.map(judgeBroken),
    ...(models.asked ? [judgeAsked(models.asked, available)] : []),
  ];
}

function judgeEmbedded({ path, state }: ModelsFacts["embedded"]): Finding {
  if (state === "whole") return ok("micro", "the embedded model is whole");
  return problem(
    "micro",
    `The embedded model ${path} is ${state === "absent" ? "missing" : "damaged"}.`,
    "It is what is used when no model is named.",
    "Install the package again.",
  );
}

function judgeCache({ folder, downloaded }: ModelsFacts): Finding {
  const ready = downloaded.filter(({ state }) => state === "ready");
  const names = ready.map(({ name, sizeBytes }) => `${name} (${formatBytes(sizeBytes)})`);
  return ok("downloaded", `${names.length > 0 ? names.join(", ") : "none"} in ${folder}`);
}

function judgeBroken({ name, state, path }: Downloaded): Finding {
  const command = `\`npx steady-whisper models download ${name}\``;
  if (state === "partial") {
    return note(
      name,
      "Its download isn't finished.",
      "It can't be used yet.",
      `To go on: ${command}.`,
    );
  }
  return problem(
    name,
    `${path} has another size than the model.`,
    "It can't be loaded.",
    `${command}.`,
  );
}

function judgeAsked(asked: AskedModelFacts, available: number | undefined): Finding {
  const { path, sizeBytes, checked, error, death } = asked;
  const name = basename(asked.name);
  if (death) {
    return problem(
      name,
      `A process that read ${path} ${deathWords(death)}.`,
      "It may crash what loads it.",
      "Download it again, or take it from another place.",
    );
  }
  if (error) {
    const { what, remedy } = split(error.message, error.code);
    return problem(name, what, "It can't be loaded.", remedy);
  }
  if (sizeBytes !== undefined && available !== undefined && sizeBytes > available) {
    return problem(
      name,
      `It has ${formatBytes(sizeBytes)}, and ${formatBytes(available)} of memory are available.`,
      "It can't be loaded on the CPU.",
      "Choose a smaller model or a quantized one (`npx steady-whisper models list`), or give this machine more memory.",
    );
  }
  const size = sizeBytes === undefined ? "" : `, ${formatBytes(sizeBytes)}`;
  return ok(name, `${path}${size}${checked ? ": whole" : "; not checked, for want of an addon"}`);
}

/** The library's messages of a missing model end with the command that helps. */
function split(message: string, code: string | undefined): { what: string; remedy: string } {
  const command = message.match(/^(.*?): run (`[^`]+`.*)$/);
  if (command)
    return { what: sentence(command[1] as string), remedy: sentence(command[2] as string) };
  const remedy =
    code === "ERR_WHISPER_MODEL_INVALID"
      ? "Download it again: it isn't a whole whisper model in ggml's format."
      : "Correct the name or the path: `npx steady-whisper models list` shows the names.";
  return { what: sentence(message), remedy };
}
