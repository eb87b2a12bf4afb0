/** Command lines as texts, and against each other. Pure. */
import type { LaunchCommand } from '@mlx-manager/shared';

/** Variables, program, arguments: an option and its value in one line, as they are, without a shell's quotes. */
export function wordsOf({ env, file, args }: Pick<LaunchCommand, 'env' | 'file' | 'args'>): string {
  const lines: string[] = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), file];
  for (const arg of args) {
    const last = lines.at(-1) ?? '';
    if (lines.length > Object.keys(env).length + 1 && /^--?[a-zA-Z][^\s=]*$/.test(last) && !/^--?[a-zA-Z]/.test(arg))
      lines[lines.length - 1] = `${last} ${arg}`;
    else lines.push(arg);
  }
  return lines.join('\n');
}

/** Whether they differ in more than a port that is taken anew each time. */
export function differs(running: LaunchCommand, next: LaunchCommand): boolean {
  const plain = ({ file, args, env, port }: LaunchCommand): string =>
    JSON.stringify([file, args.map((arg) => (!next.portFixed && arg === String(port) ? 'PORT' : arg)), Object.entries(env).sort()]);
  return plain(running) !== plain(next);
}
