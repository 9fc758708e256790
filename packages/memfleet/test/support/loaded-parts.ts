/** Set up before each test file: no test waits for the files of a part. */
import { provideParts } from '../../src/client/provide-parts.ts';

provideParts();
