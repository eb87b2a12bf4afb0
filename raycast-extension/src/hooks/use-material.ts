/** What is selected in the app in front, and what the clipboard holds. */
import { Clipboard, getSelectedText } from "@raycast/api";
import { useCallback, useEffect, useState } from "react";

export interface Material {
  /** Null: nothing, or nothing but spaces. */
  readonly selection: string | null;
  readonly clipboard: string | null;
}

/** @returns undefined until both are read; `reload` reads them again. */
export function useMaterial(): { material: Material | undefined; reload: () => Promise<void> } {
  const [material, setMaterial] = useState<Material>();
  const reload = useCallback(async () => setMaterial(await readMaterial()), []);
  useEffect(() => void reload(), [reload]);
  return { material, reload };
}

async function readMaterial(): Promise<Material> {
  const [selection, clipboard] = await Promise.all([selectedText(), Clipboard.readText()]);
  return { selection: text(selection), clipboard: text(clipboard) };
}

async function selectedText(): Promise<string | undefined> {
  try {
    return await getSelectedText();
  } catch {
    return undefined; // Raycast's way to say that nothing is selected
  }
}

const text = (given: string | undefined): string | null => (given === undefined || given.trim() === "" ? null : given);
