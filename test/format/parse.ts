// Small parsers of the subtitle formats, written from their rules and not from the writers under test.

export interface Cue {
  startMs: number;
  endMs: number;
  text: string;
}

const TIMES = /^(\d{2,}):(\d{2}):(\d{2})[.,](\d{3}) --> (\d{2,}):(\d{2}):(\d{2})[.,](\d{3})$/;

export function parseSrt(text: string): Cue[] {
  return blocks(text).map((block, index) => {
    const [number, times, ...lines] = block;
    if (number !== String(index + 1)) throw new Error(`cue ${index + 1} has number ${number}`);
    return { ...parseTimes(times), text: lines.join("\n") };
  });
}

export function parseVtt(text: string): Cue[] {
  const [header, ...cues] = blocks(text);
  if (header?.join("\n") !== "WEBVTT") throw new Error("no WEBVTT header");
  return cues.map(([times, ...lines]) => {
    const markup = lines.join("\n");
    if (/[<>]|-->/.test(markup)) throw new Error(`a tag or an arrow in ${JSON.stringify(markup)}`);
    return { ...parseTimes(times), text: unescapeVtt(markup) };
  });
}

function blocks(text: string): string[][] {
  if (text === "") return [];
  if (!text.endsWith("\n\n")) throw new Error("the last block is not ended by a blank line");
  return text
    .slice(0, -2)
    .split("\n\n")
    .map((block) => block.split("\n"));
}

function unescapeVtt(markup: string): string {
  return markup.replace(/&(\w+);/g, (whole, name) => {
    const character = { amp: "&", lt: "<", gt: ">" }[name as string];
    if (character === undefined) throw new Error(`unknown escape ${whole}`);
    return character;
  });
}

function parseTimes(line: string | undefined): { startMs: number; endMs: number } {
  const fields = TIMES.exec(line ?? "")
    ?.slice(1)
    .map(Number);
  if (fields === undefined) throw new Error(`not a line of times: ${JSON.stringify(line)}`);
  const [h1 = 0, m1 = 0, s1 = 0, ms1 = 0, h2 = 0, m2 = 0, s2 = 0, ms2 = 0] = fields;
  if (m1 > 59 || s1 > 59 || m2 > 59 || s2 > 59) throw new Error(`out of range: ${line}`);
  return {
    startMs: ((h1 * 60 + m1) * 60 + s1) * 1000 + ms1,
    endMs: ((h2 * 60 + m2) * 60 + s2) * 1000 + ms2,
  };
}
