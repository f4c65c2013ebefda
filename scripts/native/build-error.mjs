/** A failure whose message is all that a user needs: no stack. */
export class BuildError extends Error {}
