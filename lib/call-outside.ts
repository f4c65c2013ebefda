/**
 * Calls code of the user's. What it throws is the user's: it becomes an uncaughtException, and never disturbs the
 * work in the midst of which it was called.
 */
export function callOutside(call: () => void): void {
  try {
    call();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
