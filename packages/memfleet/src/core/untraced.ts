/** Classes whose errors have no stack trace: see errors.ts. */
export const untraced: Set<unknown> = new Set();
