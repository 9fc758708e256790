// CommonJS that gets a client which an ES module made: it is of the same type.
import type { Client as ImportedClient } from 'memfleet' with { 'resolution-mode': 'import' };
import { type Client, createClient } from 'memfleet';

export function taken(imported: ImportedClient): Client {
  return imported;
}

export const given: ImportedClient = createClient();
