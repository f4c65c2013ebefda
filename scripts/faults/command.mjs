// A script of many runs, which ends early, and in order, at the first Ctrl-C.

/**
 * @param {object} command
 * @param {string} command.help
 * @param {(args: string[]) => { help: boolean }} command.settingsOf throws with a message for the user
 * @param {(settings: object, signal: AbortSignal) => Promise<void>} command.run
 * @param {(text: string) => void} command.say
 */
export async function runCommand({ help, settingsOf, run, say }) {
  let settings;
  try {
    settings = settingsOf(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
    return;
  }
  if (settings.help) {
    process.stdout.write(help);
    return;
  }
  const interrupt = new AbortController();
  process.on("SIGINT", () => {
    if (interrupt.signal.aborted) process.exit(130);
    say("ending; once more ends it at once");
    interrupt.abort();
  });
  await run(settings, interrupt.signal);
  if (interrupt.signal.aborted) process.exitCode = 130;
}
