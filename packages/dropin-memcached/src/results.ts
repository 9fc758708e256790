/** Sets a property of its own. Assigning `__proto__` would give the object a prototype that a value has chosen. */
export function put(results: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') results[key] = value;
  else Object.defineProperty(results, key, { value, configurable: true, enumerable: true, writable: true });
}
