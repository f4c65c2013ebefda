import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MODELS } from "../../lib/models/registry.js";
import { temporaryFolder } from "../cli/cli.js";
import { builtAddon, PackageCopy, section } from "./package-copy.js";

const flat = (text: string) => text.replaceAll(/\s+/g, " ");

describe("models", () => {
  function working(): PackageCopy {
    const copy = new PackageCopy();
    copy.write("build/Release/steady_whisper.node", readFileSync(builtAddon));
    return copy;
  }

  it("one that hasn't been downloaded: the command that does", async () => {
    const copy = working();
    const { code, text } = await copy.doctor(["--model", "base.en"]);
    expect(code).toBe(1);
    expect(flat(section(text, "Models"))).toContain(
      `problem base.en Model base.en is not at ${copy.path("no models", "ggml-base.en.bin")}.`,
    );
    expect(section(text, "What to do")).toBe(
      "What to do\n  1.  base.en: `npx steady-whisper models download base.en`.\n",
    );
  });

  it("of another folder: the command names it, too", async () => {
    const folder = temporaryFolder();
    const { text } = await working().doctor(["-m", "base.en", "--cache-dir", folder]);
    expect(flat(section(text, "What to do"))).toContain(
      `\`npx steady-whisper models download base.en\` with --cache-dir ${folder}.`,
    );
  });

  it("a path that isn't there, a name that nobody knows", async () => {
    const copy = working();
    for (const [name, said] of [
      ["./gone.bin", "There is no file ./gone.bin. It can't be loaded."],
      ["bace.en", 'No model is called "bace.en"'],
    ] as const) {
      const { code, text } = await copy.doctor(["--model", name]);
      expect(code).toBe(1);
      expect(flat(section(text, "Models"))).toContain(said);
      expect(section(text, "What to do")).toContain("`npx steady-whisper models list`");
    }
  });

  it("a file that is no whole model, and one that is", async () => {
    const copy = working();
    const model = readFileSync(copy.path("models", "micro", "micro-q5_0.bin"));
    const half = copy.write("half.bin", model.subarray(0, model.length >> 1));
    const broken = await copy.doctor(["--model", half]);
    expect(broken.code).toBe(1);
    expect(section(broken.text, "What to do")).toContain("Download it again");
    const whole = copy.write("whole.bin", model);
    const good = await copy.doctor(["--model", whole]);
    expect(good.code).toBe(0);
    expect(flat(section(good.text, "Models"))).toMatch(
      /ok whole\.bin .*whole\.bin, 3\.1 MB: whole/,
    );
  });

  it("in the cache: whole ones, unfinished ones and ones of a wrong size", async () => {
    const folder = temporaryFolder();
    const cached = (name: string, suffix: string, size: number) => {
      const path = join(folder, `ggml-${name}.bin${suffix}`);
      writeFileSync(path, "");
      truncateSync(path, size);
    };
    mkdirSync(folder, { recursive: true });
    cached("tiny.en", "", MODELS.find(({ name }) => name === "tiny.en")?.sizeBytes ?? 0);
    cached("base.en", ".part", 5);
    cached("small.en", "", 5);
    const { code, text } = await working().doctor(["--cache-dir", folder]);
    expect(code).toBe(1);
    const shown = flat(section(text, "Models"));
    expect(shown).toContain(`ok downloaded tiny.en (77.7 MB) in ${folder}`);
    expect(shown).toContain("note base.en Its download isn't finished.");
    expect(shown).toMatch(
      /problem small\.en .*ggml-small\.en\.bin has another size than the model\./,
    );
    expect(section(text, "What to do")).toMatch(
      /1\. {2}small\.en: `.*download small\.en`\.\n {2}2\. {2}base\.en: /,
    );
  });
});
