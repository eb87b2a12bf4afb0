/** For `npm run pictures`: the project `raycast` of the root, with the pictures in place of its tests. */
import { join } from 'node:path';
import all from '../../../jest.config.mjs';

const raycast = all.projects.find((project) => project.displayName === 'raycast');

// Pictures press hardly an action: the account of those that no test pressed is not theirs.
export default { ...raycast, globalTeardown: undefined, displayName: 'pictures', testMatch: [join(import.meta.dirname, 'take.ts')] };
