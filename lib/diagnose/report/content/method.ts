import { LEVELS } from "../../analysis/looks.js";
import type { Diagnosis } from "../../diagnosis.js";
import { list, paragraph, type Section } from "../document.js";
import { confidence } from "../numbers.js";

/** How an experiment comes to its verdicts, for somebody who is no statistician. */
export function experimentMethod({ contrasts: [contrast] }: Diagnosis): Section {
  const effect = confidence(contrast?.effect.confidence ?? LEVELS.fixed.effect);
  const equivalence = confidence(contrast?.equivalence.confidence ?? LEVELS.fixed.equivalence);
  return {
    id: "method",
    title: "How it works",
    brief: false,
    blocks: [
      paragraph(
        "Seconds alone can't tell whether something gets slower: the next recording may be longer, hold more words, or meet a busy machine. " +
          "So the same clip is run in several ways, one right after the other, in random order. That is a block. What clip and machine " +
          "do to one of them they do to all of them, and it cancels when the times of a block are divided by each other.",
      ),
      list([
        "Some ways keep their decoder state for the whole run, so that it ages; others get a fresh state, context or process for each job. " +
          "If the kept one is slower than the fresh one, age is the cause; which fresh part cures it says where it sits.",
        "“Expected time” is what a job's windows and words should take, learned from jobs that were run afresh. Times don't " +
          "include waits for a processor that other programs took.",
        `An interval is the range of effects that fit the jobs. A slowdown is supported if its ${effect} interval lies wholly above x1.05, and ` +
          `refuted if its ${equivalence} interval ends below x1.10, and would still do so if what growth there may be went on to the last ` +
          "block that could have been run. So “refuted” means “smaller than a tenth”, not “exactly none”.",
        "“Undetermined” is no verdict: the jobs so far fit both. More blocks narrow the interval.",
      ]),
    ],
  };
}

export const LIMITS: readonly string[] = [
  "It judges this machine, this model and these clips. A slowdown that needs days, other audio or many concurrent jobs won't show here.",
  "A slowdown that comes and goes by itself looks like noise.",
  "A device that is always slow isn't getting slower: see H6, which is about that alone.",
  "Gains of remedies extend the slowdown that was measured to more jobs than were run: it may level off.",
];

export function logMethod(): Section {
  return {
    id: "method",
    title: "How it works",
    brief: false,
    blocks: [
      paragraph(
        "Each job of the log is compared with what its work should take: by its windows and words where the log has them, else by " +
          "a fixed cost and one per second of audio that fit the jobs best. What is left is looked at over the life of each worker: do " +
          "its later jobs take longer than its earlier ones, and does a restart help?",
      ),
      list([
        "“Supported”: later jobs are slower, beyond chance. “Refuted”: they are less than a tenth slower, if at all. “Undetermined”: " +
          "the jobs fit both. “No evidence”: they are too few, or of a kind that can't show it; that is no proof of health.",
        "Brackets hold the range in which the true effect very probably lies.",
      ]),
    ],
  };
}

export const LOG_LIMITS: readonly string[] = [
  "A log only shows what happened. Other programs on the machine, or other recordings at other hours, look like a slowdown: only an experiment that " +
    "runs the same clip fresh and aged side by side can tell (steady-whisper diagnose).",
  "A restart after slow jobs is often followed by faster ones by chance alone.",
  "Always slow is not getting slower: for that look at the device.",
];
