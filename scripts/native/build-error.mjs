/** A failure whose message is all that a user needs: no stack. `code` is for programs, and to look up. */
export class BuildError extends Error {
  /**
   * @param {string} message  what is wrong, in the first line, and what to do
   * @param {string} [code]  ERR_WHISPER_BUILD_...
   */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** What to print for it. */
export function failureText({ message, code }) {
  if (code === undefined) return message;
  const [first, ...rest] = message.split("\n");
  return [`${first} [${code}]`, ...rest].join("\n");
}
