import { type Anchor, CostModel } from "./cost-model.js";
import type { HealthParameters } from "./parameters.js";

/** A cost model for each kind of job; the least recently used kind is dropped when there are too many. */
export class CostModels {
  readonly #parameters: HealthParameters;
  readonly #byKind = new Map<string, CostModel>();
  #latest: string | undefined;

  constructor(parameters: HealthParameters) {
    this.#parameters = parameters;
  }

  of(kind: string): CostModel {
    const known = this.#byKind.get(kind);
    if (known) {
      if (kind !== this.#latest) this.#touch(kind, known);
      return known;
    }
    const model = this.#create([]);
    this.#touch(kind, model);
    if (this.#byKind.size > this.#parameters.kindsKept) {
      this.#byKind.delete(this.#byKind.keys().next().value!);
    }
    return model;
  }

  restore(kind: string, anchors: readonly Anchor[]): void {
    this.#touch(kind, this.#create(anchors));
  }

  /** From the least to the most recently used. */
  entries(): IterableIterator<[string, CostModel]> {
    return this.#byKind.entries();
  }

  #create(anchors: readonly Anchor[]): CostModel {
    const { anchorsKept, anchorsNeeded } = this.#parameters;
    return new CostModel(anchorsKept, anchorsNeeded, anchors);
  }

  /** A map keeps the order of insertion. */
  #touch(kind: string, model: CostModel): void {
    this.#byKind.delete(kind);
    this.#byKind.set(kind, model);
    this.#latest = kind;
  }
}
