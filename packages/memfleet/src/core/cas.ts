/**
 * A cas that no item has. A request that compares with 0 compares with this, because a `Command.cas` of 0n means "do
 * not compare"; and it stands for a cas that means nothing where it will be compared.
 */
export const noItemsCas: bigint = 0xffffffffffffffffn;
