/**
 * `npm run record:mac`, on a Mac: records what the system's commands really print into menubar-agent/src/system/fixtures/recorded/, in place of what was
 * recorded before. User names, serial numbers and secrets are taken out; read the files before you commit them. `npm run unit -- recorded` then holds the
 * parsers against them. Nothing of the machine is changed: the one secret that is written, into a keychain entry of its own, is deleted again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { redact } from './redact.mjs';
import { root } from './setup.mjs';

if (process.platform !== 'darwin') {
  process.stderr.write('✗ This records what the commands of macOS print: run it on a Mac. Nothing was recorded.\n');
  process.exit(1);
}

const folder = join(root, 'menubar-agent', 'src', 'system', 'fixtures', 'recorded');
const who = { user: userInfo().username, home: homedir(), host: hostname(), fullName: output('/usr/bin/id', ['-F']).trim() };
const uid = String(userInfo().uid);

// A port of our own for lsof, and a child for ps and footprint.
const server = createServer().listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address();
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
  stdio: 'ignore',
  env: { ...process.env, MLX_MANAGER_INSTANCE: 'recorded-instance' },
});
const mine = [String(process.pid), String(child.pid)];
const columns = ['pid', 'ppid', 'pgid', 'uid', 'stat', 'time', 'lstart'].flatMap((name) => ['-o', `${name}=`]);
const some = (text, lines) => text.split('\n').slice(0, lines).join('\n');
const service = 'mlx-manager-recording';

/** File, command, its arguments as the adapters give them (src/system/*), and what of it is kept. */
const COMMANDS = [
  ['vm_stat.txt', '/usr/bin/vm_stat', []],
  ['sysctl.txt', '/usr/sbin/sysctl', ['hw.memsize', 'hw.ncpu', 'machdep.cpu.brand_string']],
  ['sysctl-wired.txt', '/usr/sbin/sysctl', ['iogpu.wired_limit_mb']],
  ['sw_vers.txt', '/usr/bin/sw_vers', ['-productVersion']],
  ['ioreg.txt', '/usr/sbin/ioreg', ['-r', '-c', 'IOAccelerator', '-d', '1', '-w', '0']],
  ['ps.txt', '/bin/ps', ['-A', ...columns], (text) => some(text, 40)],
  ['ps-command.txt', '/bin/ps', ['-ww', '-o', 'command=', '-p', String(child.pid)]],
  ['footprint-bytes.txt', '/usr/bin/footprint', ['-f', 'bytes', ...mine.flatMap((pid) => ['-p', pid])]],
  ['footprint.txt', '/usr/bin/footprint', ['-p', String(child.pid)]],
  ['top.txt', '/usr/bin/top', ['-l', '1', '-stats', 'pid,mem'], (text) => some(text, 40)],
  ['lsof.txt', '/usr/sbin/lsof', ['-nP', '+c0', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpcn']],
  ['launchctl-print.txt', '/bin/launchctl', ['print', `gui/${uid}/com.apple.Finder`]],
  ['launchctl-none.txt', '/bin/launchctl', ['print', `gui/${uid}/local.mlx-manager.none`]],
  ['security-none.txt', '/usr/bin/security', ['find-generic-password', '-s', service, '-a', 'recorded', '-w']],
  [
    'security-add.txt',
    '/usr/bin/security',
    ['-i'],
    undefined,
    `add-generic-password -U -s "${service}" -a "recorded" -w "a \\"quoted\\" value"\n`,
  ],
  ['security-find.txt', '/usr/bin/security', ['find-generic-password', '-s', service, '-a', 'recorded', '-w']],
  ['security-delete.txt', '/usr/bin/security', ['delete-generic-password', '-s', service, '-a', 'recorded']],
];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const results = {};
let failed = 0;
try {
  for (const [name, file, args, part = (text) => text, input = ''] of COMMANDS) {
    const result = spawnSync(file, args, {
      encoding: 'utf8',
      input,
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 60_000,
    });
    const text = redact(part(result.stdout ?? ''), who);
    writeFileSync(join(folder, name), text);
    results[name] = {
      command: redact([file, ...args].join(' '), who),
      exitCode: result.status,
      stderr: redact((result.stderr ?? '').slice(0, 2000), who),
    };
    const told = result.error ? ` (${result.error.message})` : '';
    if (result.status === null) failed++;
    process.stdout.write(`${result.status === null ? '✗' : '•'} ${name}: exit ${result.status}, ${text.length} characters${told}\n`);
  }
} finally {
  child.kill();
  server.close();
  spawnSync('/usr/bin/security', ['delete-generic-password', '-s', service], { stdio: 'ignore' });
}
const version = readFileSync(join(folder, 'sw_vers.txt'), 'utf8').trim();
const facts = { macOS: version, arch: process.arch, port, pids: [process.pid, child.pid], results };
writeFileSync(join(folder, 'recording.json'), `${JSON.stringify(facts, null, 2)}\n`);
process.stdout.write(`\nRecorded on macOS ${version}. Read them, then: npm run unit -- recorded\n`);
process.exitCode = failed === 0 ? 0 : 1;

function output(file, args) {
  return spawnSync(file, args, { encoding: 'utf8' }).stdout ?? '';
}
