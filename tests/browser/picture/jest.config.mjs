/** For `npm run pictures -- window`: the project `browser` of the root, with the pictures in place of its tests. */
import { join } from 'node:path';
import all from '../../../jest.config.mjs';

const browser = all.projects.find((project) => project.displayName === 'browser');

export default { ...browser, displayName: 'pictures', testMatch: [join(import.meta.dirname, 'take.ts')] };
