/** For `npm run pictures`: the project `raycast` of the root, with the pictures in place of its tests. */
import { join } from 'node:path';
import all from '../../../jest.config.mjs';

const raycast = all.projects.find((project) => project.displayName === 'raycast');
const { globalTeardown: _accounting, ...rest } = raycast;

export default { ...rest, displayName: 'pictures', testMatch: [join(import.meta.dirname, 'take.ts')] };
