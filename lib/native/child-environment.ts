/** Variables of a process of ours that runs native code for this one. */
export const CHILD_ENVIRONMENT: Readonly<Record<string, string>> = {
  // A backtrace would start a debugger in a process that is about to end: its last lines are shown instead.
  GGML_NO_BACKTRACE: "1",
  // In Electron, process.execPath is Electron.
  ELECTRON_RUN_AS_NODE: "1",
};
