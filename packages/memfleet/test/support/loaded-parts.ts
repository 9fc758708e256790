/** Set up before each test file: no test waits for the files of a part. */
import { provideParts } from '../../src/fleet/provide-parts.ts';

provideParts();
