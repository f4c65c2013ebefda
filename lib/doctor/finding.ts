/** Sections of a report, in order. */
export const SECTIONS = ["platform", "addon", "CPU", "GPU", "models", "audio"] as const;

export type Section = (typeof SECTIONS)[number];

/** One thing that is so, and what follows from it. */
export interface Finding {
  readonly section: Section;
  /** `ok`: as it should be. `note`: works, and could be better. `problem`: something doesn't work. */
  readonly level: "ok" | "note" | "problem";
  /** What it is about, in a word or two: "Node", "ffmpeg". */
  readonly about: string;
  /** What is so. */
  readonly what: string;
  /** Why that matters. */
  readonly why?: string;
  /** What to do. What stands between back ticks is to be run. */
  readonly remedy?: string;
}

/** Makes the findings of one section. */
export function findingsOf(section: Section) {
  return {
    ok: (about: string, what: string): Finding => ({ section, level: "ok", about, what }),
    note: (about: string, what: string, why: string, remedy: string): Finding => ({
      ...{ section, level: "note", about, what, why, remedy },
    }),
    problem: (about: string, what: string, why: string, remedy: string): Finding => ({
      ...{ section, level: "problem", about, what, why, remedy },
    }),
  };
}
