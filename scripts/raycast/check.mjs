/** `check.mjs build|lint`: the two parts of `npm test` that Raycast's own tools do. Exit code 1 when one fails. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildExtension, filesBelow, rayLint } from '../extension.mjs';
import { root } from '../setup.mjs';

const checks = {
  async build() {
    const { folder, cached, output } = await buildExtension();
    process.stdout.write(output);
    const bundles = filesBelow(folder).filter((file) => file.endsWith('.js'));
    for (const file of bundles)
      process.stdout.write(`  ${(statSync(join(folder, file)).size / 1000).toFixed(0).padStart(4)} kB  ${file}\n`);
    process.stdout.write(`${bundles.length} bundles${cached ? ', built before from the same sources' : ''}\n`);
    return 0;
  },
  async lint() {
    const { code, output } = await rayLint(join(root, 'raycast-extension'));
    process.stdout.write(output);
    if (code !== 0) return code;
    // Title Case, common shortcuts, ellipses: Raycast's rules for reviewers are warnings to ESLint.
    if (!/^\s*\d+:\d+\s+warning\b/m.test(output)) return 0;
    process.stderr.write('Warnings count as errors here: a reviewer of the store would ask for them.\n');
    return 1;
  },
};

try {
  process.exitCode = await checks[process.argv[2]]();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
