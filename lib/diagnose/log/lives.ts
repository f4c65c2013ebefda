import type { JobFacts } from "./job-facts.js";

/** Workers of one log that live at the same time, and places in pools. */
const MOST_ALIVE = 16;
const MOST_PLACES = 1024;
/** Jobs that may be missing in a log between two of the same life. */
const MOST_MISSING = 1000;
const UPTIME_SLACK_S = 0.5;

interface Life {
  readonly id: number;
  index: number;
  uptime: number | undefined;
}

/** A job's life, and its number in it, from 1. */
export interface LifePlace {
  readonly life: number;
  readonly index: number;
}

/**
 * Tells in which life of a worker a job ran. Its number or its worker's uptime fall when the worker has begun anew; several
 * workers in one log are told apart by both. Jobs that say neither belong to their session, or to one life. Ours say what
 * they ran on, and how many jobs it had had.
 */
export class Lives {
  #count = 0;
  /** Of workers, the one of the latest job at the end. */
  #alive: Life[] = [];
  readonly #byPlace = new Map<string, Life>();

  placeOf(job: JobFacts): LifePlace {
    const { jobIndex, uptimeSeconds } = job;
    if (job.place !== undefined) return this.#inPlace(`place ${job.place}`, jobIndex);
    if (jobIndex === undefined && uptimeSeconds === undefined) {
      return this.#inPlace(`session ${job.session ?? ""}`, undefined);
    }
    const life = this.#continued(jobIndex, uptimeSeconds) ?? this.#begin();
    life.index = jobIndex ?? life.index + 1;
    life.uptime = uptimeSeconds ?? life.uptime;
    this.#alive = [...this.#alive.filter((other) => other !== life), life].slice(-MOST_ALIVE);
    return { life: life.id, index: life.index };
  }

  #inPlace(place: string, jobIndex: number | undefined): LifePlace {
    const known = this.#byPlace.get(place);
    const goesOn = known && (jobIndex === undefined || jobIndex > known.index);
    const life = goesOn ? known : this.#begin();
    life.index = jobIndex ?? life.index + 1;
    this.#byPlace.delete(place);
    this.#byPlace.set(place, life);
    if (this.#byPlace.size > MOST_PLACES) {
      this.#byPlace.delete(this.#byPlace.keys().next().value!);
    }
    return { life: life.id, index: life.index };
  }

  /** The life that lacks the fewest jobs up to this one; of several the one of the latest job. */
  #continued(jobIndex: number | undefined, uptime: number | undefined): Life | undefined {
    let best: Life | undefined;
    let least = MOST_MISSING;
    for (const life of this.#alive) {
      const missing = jobIndex === undefined ? 0 : jobIndex - life.index - 1;
      const younger = uptime !== undefined && uptime < (life.uptime ?? 0) - UPTIME_SLACK_S;
      if (missing < 0 || missing > least || younger) continue;
      best = life;
      least = missing;
    }
    return best;
  }

  #begin(): Life {
    this.#count += 1;
    return { id: this.#count, index: 0, uptime: undefined };
  }
}
