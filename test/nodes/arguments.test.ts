import { describe, expect, it } from "vitest";
import { majors, nodes } from "../../scripts/platforms.mjs";
import { parseArguments } from "../../scripts/test-nodes/arguments.mjs";

const versionsOf = (...args: string[]) => {
  const options = parseArguments(args);
  return "versions" in options ? options.versions : [];
};

describe("test-nodes runs on", () => {
  it("all versions of the table, in its order", () => {
    expect(versionsOf()).toEqual(Object.values(nodes));
  });

  it("those that --node names, by the table or exactly", () => {
    expect(versionsOf("--node", "24", "--node", "23.1.0")).toEqual([nodes[24], "23.1.0"]);
  });

  it("all but its own major with --others", () => {
    const own = Number.parseInt(process.versions.node, 10);
    expect(versionsOf("--others")).toEqual(
      majors.filter((major) => major !== own).map((major) => nodes[major as keyof typeof nodes]),
    );
  });

  it("no version that isn't in the table", () => {
    expect(() => parseArguments(["--node", "19"])).toThrow(
      "--node 19: choose one of 20, 22, 24, 26, or an exact version",
    );
    expect(() => parseArguments(["--node", "26.x"])).toThrow("--node 26.x: choose one of");
  });
});

it("test-nodes takes one amount of tests, and one choice of versions", () => {
  expect(parseArguments(["--slice"])).toMatchObject({ amount: "slice" });
  expect(parseArguments(["--all"])).toMatchObject({ amount: "all" });
  expect(parseArguments([])).toMatchObject({ amount: "default", installOnly: false });
  expect(() => parseArguments(["--slice", "--all"])).toThrow("choose one of --slice, --all");
  expect(() => parseArguments(["--node", "20", "--others"])).toThrow(
    "choose one of --node, --others",
  );
});
