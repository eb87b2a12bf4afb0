/** What was typed and could not be saved: it is still there when somebody comes back to the section. */
import { useState } from 'react';
import type { SettingKey } from '@mlx-manager/shared';

const drafts = new Map<string, string>();

/** Text that is typed and not saved; null when there is none. It stays while other pages are open. */
export function useDraft(key: SettingKey | `new ${SettingKey}`): readonly [string | null, (text: string | null) => void] {
  const [draft, setDraft] = useState<string | null>(() => drafts.get(key) ?? null);
  return [
    draft,
    (text) => {
      if (text === null) drafts.delete(key);
      else drafts.set(key, text);
      setDraft(text);
    },
  ];
}
