import type { ProbeDeath } from "./facts.js";

/** How a process died: "was ended by SIGBUS". */
export function deathWords({ signal, exitCode, timeoutMs, lastLine }: ProbeDeath): string {
  if (timeoutMs !== undefined) return `did not end within ${timeoutMs / 1000} s`;
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
  return lastLine === undefined ? how : `${how}, after "${lastLine}"`;
}

/** A sentence of its own: with a capital and a period, and without a second one. */
export function sentence(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  const begun = line.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase());
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
