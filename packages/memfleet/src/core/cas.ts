/**
 * A cas that no item has. It stands for the 0 of a request that compares, because a `Command.cas` of 0n means "do not
 * compare", and for a cas that another route returned.
 */
export const noItemsCas: bigint = 0xffffffffffffffffn;
