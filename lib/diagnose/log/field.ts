import type { FieldName } from "./patterns.js";

/** Something that a line tells about a job. */
export type Field =
  | { readonly name: "tag"; readonly session: string; readonly job: number; readonly line: number }
  | {
      readonly name: Exclude<FieldName, "tag" | "own">;
      /** Times in ms, audio and uptime in s, all others are counts. A phase is 1 if jobs begin with it, or else 0. */
      readonly value: number;
      readonly prose: boolean;
      readonly line: number;
    };

/** Names of fields that have a value. */
export type ValueName = Exclude<Field["name"], "tag">;
