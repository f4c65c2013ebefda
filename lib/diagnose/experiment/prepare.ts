import { stat } from "node:fs/promises";
import { WhisperArgumentError } from "../../errors.js";
import type { DeviceInfo } from "../../types.js";
import type { Measurement } from "../measurement.js";
import { type Clip, cutClips } from "./clips.js";
import { type Cuts, makeCuts } from "./cuts.js";
import { fingerprintOf } from "./fingerprint.js";
import { checkSameRun, Journal, type JournalContent, readJournal } from "./journal.js";
import { readRecordings } from "./recordings.js";
import { type DiagnoseSettings, SEEDS } from "./settings.js";
import type { Hosts, Units } from "./units.js";
import type { Warmth } from "./warmth.js";

/** All that blocks need. */
export interface Prepared {
  readonly startedAt: string;
  readonly seed: number;
  readonly clips: readonly Clip[];
  readonly readerPauseMs: number;
  /** Files that lay in the folders, and aren't audio. */
  readonly skippedFiles: number;
  readonly device: DeviceInfo;
  readonly journal: Journal | undefined;
  /** What the journal holds already. */
  readonly earlier: readonly Measurement[];
}

interface Tools {
  readonly hosts: Hosts;
  readonly units: Units;
  readonly warmth: Warmth;
  /** Of this package, whisper.cpp and Node: another one makes another run. */
  readonly versions: Readonly<Record<string, string>>;
  readonly startedAt: string;
}

/** Reads the audio and the journal, starts what is kept, cuts the clips. */
export async function prepare(settings: DiagnoseSettings, tools: Tools): Promise<Prepared> {
  const { journal: path, resume } = settings;
  const found = await foundJournal(path, resume);
  const { signal } = tools.warmth;
  const { recordings, skipped } = await readRecordings(settings.audio, signal);
  const device = await tools.units.start();
  const fingerprint =
    path === undefined ? {} : await fingerprintOf(settings, recordings, tools.versions);
  if (path !== undefined && found) checkSameRun(path, found.header.fingerprint, fingerprint);
  const seed = seedOf(settings, found);
  const cuts: Cuts =
    found?.header.cuts ?? (await makeCuts(tools.hosts.own, recordings, tools.warmth));
  const startedAt = found?.header.startedAt ?? tools.startedAt;
  const header = { startedAt, seed, cuts, fingerprint };
  return {
    ...{ startedAt, seed, device, skippedFiles: skipped, readerPauseMs: cuts.readerPauseMs },
    clips: cutClips(cuts.shapes, recordings),
    journal:
      path === undefined
        ? undefined
        : await (found ? Journal.resume(path) : Journal.create(path, header)),
    earlier: found?.measurements ?? [],
  };
}

/** What there is to go on with. Refuses a file that is in the way before anything takes time. */
async function foundJournal(
  path: string | undefined,
  resume: boolean,
): Promise<JournalContent | undefined> {
  if (path === undefined) return undefined;
  if (resume) return readJournal(path);
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  throw new WhisperArgumentError(
    "journal",
    path,
    "a file that isn't there yet, or `resume` be given to go on with it",
  );
}

function seedOf({ seed }: DiagnoseSettings, found: JournalContent | undefined): number {
  const begun = found?.header.seed;
  if (begun !== undefined && seed !== undefined && seed !== begun) {
    throw new WhisperArgumentError("seed", seed, `${begun} as the journal's, or left out`);
  }
  return begun ?? seed ?? Date.now() % SEEDS;
}
