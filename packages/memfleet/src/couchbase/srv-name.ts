/** The name whose SRV records are looked up by default: that of a list with one host name without a port. */
export function nameForSrv(list: readonly unknown[]): string | undefined {
  const [only] = list;
  const isName = list.length === 1 && typeof only === 'string' && /^[\w.-]+$/.test(only);
  return isName && !/^[\d.]+$/.test(only) && only !== 'localhost' ? only : undefined;
}
