/** The argument itself. */
export const same = <T>(value: T): T => value;
