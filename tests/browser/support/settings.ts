/** What tests of the settings share: rows of the page, and what the agent has. */
import type { Locator, Page } from 'playwright-core';
import type { SettingKey } from '@mlx-manager/shared';
import type { Rig } from '../../support/agent.js';

/** The row of a setting, or of another thing of the page. */
export const row = (page: Page, id: string): Locator => page.locator(`[data-place="${id}"]`);
/** The button of a row that takes its change back. */
export const back = (page: Page, id: string): Locator => row(page, id).getByRole('button', { name: /^Back to default/ });

/** Waits until the agent has a value: the page shows it as soon as it is sent. */
export async function has({ client }: Pick<Rig, 'client'>, key: SettingKey, value: unknown): Promise<void> {
  for (const end = Date.now() + 10_000; ; await new Promise((wake) => setTimeout(wake, 20))) {
    const now = (await client.getSettings())[key];
    if (JSON.stringify(now) === JSON.stringify(value)) return;
    if (Date.now() > end) throw new Error(`${key} is ${JSON.stringify(now)}, not ${JSON.stringify(value)}`);
  }
}
