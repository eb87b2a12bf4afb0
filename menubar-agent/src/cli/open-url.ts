/** Opens a page in the user's browser. */
import { note, print } from './output.js';

/** By the system's opener; where there is none (a server, a container) the address is printed. */
export async function openUrl(url: string): Promise<void> {
  const { execa } = await import('execa');
  const result = await execa(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], {
    reject: false,
    stdio: 'ignore',
    timeout: 10_000,
  });
  if (result.failed) {
    note('No browser could be opened. The link below is good for one use within two minutes:');
    print(url);
  }
}
