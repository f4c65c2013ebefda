// What bench/variants.mjs reads from others, and how it takes turns.

import { expect, test } from "vitest";
import { interleave, ratioOfArms } from "../../bench/variants/interleave.mjs";
import { samplesOf } from "../../bench/variants/wav.mjs";
import { parseCpuMs, parseTranscripts } from "../../bench/variants/whisper-cli.mjs";

test("whisper-cli: the transcripts of several files", () => {
  const printed =
    "\n[00:00:00.000 --> 00:00:04.000]   one two\n[00:00:04.000 --> 00:00:06.000]   [three]\n" +
    "\n[00:00:00.000 --> 00:00:11.000]   four\n";
  expect(parseTranscripts(printed)).toEqual(["one two [three]", "four"]);
  expect(parseTranscripts("")).toEqual([]);
});

test("whisper-cli: CPU time, after whatever else bash has to say", () => {
  expect(parseCpuMs("bash: warning: no such locale\n12.345 0.067\n")).toBeCloseTo(12_412, 6);
  expect(() => parseCpuMs("bash: line 1: whisper-cli: not found")).toThrow(/not found/);
});

test("samples of a WAV file, whose data may come after other chunks", () => {
  const chunk = (name: string, data: Buffer) => {
    const head = Buffer.alloc(8);
    head.write(name, "latin1");
    head.writeUInt32LE(data.length, 4);
    return Buffer.concat([head, data]);
  };
  const data = Buffer.from(Int16Array.of(0, 16_384, -32_768).buffer);
  const riff = Buffer.from("RIFF\0\0\0\0WAVE", "latin1");
  const other = chunk("LIST", Buffer.from("about"));
  const file = Buffer.concat([riff, chunk("fmt ", Buffer.alloc(16)), other, chunk("data", data)]);
  expect([...samplesOf(file)]).toEqual([0, 0.5, -1]);
  expect(() => samplesOf(riff)).toThrow();
});

interface Log {
  started: number;
  stopped: number;
  jobs: string[];
}

/** Arms whose jobs take a millisecond more than the ones before, times a factor. */
function arms(log: Log, texts: Record<string, string>, factors: Record<string, number>) {
  let clock = 0;
  return Object.entries(texts).map(([name, text]) => ({
    name,
    start: async () => {
      if (text === "broken") throw new Error(`${name} can't be loaded`);
      log.started++;
      return {
        info: { name },
        run: async () => {
          log.jobs.push(name);
          const ms = (100 + clock++) * (factors[name] ?? 1);
          return { text, cpuMs: ms, wallMs: 2 * ms };
        },
        stop: async () => {
          log.stopped++;
        },
      };
    },
  }));
}

const newLog = (): Log => ({ started: 0, stopped: 0, jobs: [] });

test("arms take turns in balanced orders, each block with new processes", async () => {
  const log = newLog();
  const three = arms(log, { a: "said", b: "said", c: "said" }, { b: 2 });
  const measured = await interleave(three, { blocks: 4, rounds: 2, warmUp: 1 });
  expect(log).toMatchObject({ started: 12, stopped: 12 });
  expect(measured.text).toBe("said");
  expect(measured.infos).toEqual([{ name: "a" }, { name: "b" }, { name: "c" }]);
  expect(measured.blocks.map((rounds) => rounds.map((jobs) => jobs.length))).toEqual(
    Array.from({ length: 4 }, () => [3, 3]),
  );

  const first = log.jobs.filter((_, i) => i % 3 === 0);
  expect(["a", "b", "c"].map((name) => first.filter((one) => one === name).length)).toEqual([
    4, 4, 4,
  ]);
  // A steady drift of the machine is nobody's.
  const { ratio } = ratioOfArms(measured.blocks, "cpuMs", 1, 0, 1);
  expect(ratio).toBeGreaterThan(1.96);
  expect(ratio).toBeLessThan(2.04);
  expect(ratioOfArms(measured.blocks, "wallMs", 2, 0, 1).ratio).toBeCloseTo(1, 1);
});

test("arms that say something else are no comparison", async () => {
  const log = newLog();
  const two = arms(log, { a: "said", b: "heard" }, {});
  await expect(interleave(two, { blocks: 1, rounds: 1, warmUp: 0 })).rejects.toThrow(
    'the transcripts differ: a: "said", b: "heard"',
  );
  expect(log.stopped).toBe(2);
});

test("when an arm can't be started, the others are stopped", async () => {
  const log = newLog();
  const two = arms(log, { a: "said", b: "broken" }, {});
  await expect(interleave(two, { blocks: 1, rounds: 1, warmUp: 0 })).rejects.toThrow(
    "b can't be loaded",
  );
  expect(log).toMatchObject({ started: 1, stopped: 1, jobs: [] });
});
