// A bundle in which one file imports and another requires holds one copy of each class.
import { MemcacheError } from 'memfleet';
import { MemcacheError as ofServer } from 'memfleet/server';
import required from './required.cjs';

console.log(MemcacheError === required.MemcacheError && ofServer === MemcacheError ? 'one copy' : 'two copies');
