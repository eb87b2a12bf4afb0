/** Files that wait to be sent with the next message. */
import { useCallback, useState } from 'react';
import type { InputPart } from '@mlx-manager/shared';
import { toast } from '../../kit/index.js';
import { client, toAgentError } from '../../lib/api.js';
import { filmLength, readFile } from './files.js';

export interface WaitingFile {
  readonly id: number;
  readonly name: string;
  /** Null while it is handed to the agent. */
  readonly part: Extract<InputPart, { attachmentId: string }> | null;
}

export interface WaitingFiles {
  readonly files: readonly WaitingFile[];
  readonly uploading: boolean;
  add: (files: Iterable<File>) => void;
  remove: (id: number) => void;
  set: (parts: readonly InputPart[]) => void;
}

/** Files of one message at most; the agent takes 64 parts. */
const MOST = 60;
let next = 1;

export function useFiles(): WaitingFiles {
  const [files, setFiles] = useState<readonly WaitingFile[]>([]);
  const hand = useCallback(async (file: File): Promise<void> => {
    const id = next++;
    setFiles((list) => [...list, { id, name: file.name, part: null }]);
    try {
      const { name, mediaType, bytes } = await readFile(file, filmLength);
      const kept = await client.uploadAttachment({ name, mediaType, bytes });
      const part = {
        type: mediaType.startsWith('image/') ? ('image' as const) : ('file' as const),
        attachmentId: kept.id,
        name: kept.name,
        mediaType,
      };
      setFiles((list) => list.map((one) => (one.id === id ? { ...one, part } : one)));
    } catch (error) {
      setFiles((list) => list.filter((one) => one.id !== id));
      toast.failed(toAgentError(error));
    }
  }, []);
  return {
    files,
    uploading: files.some(({ part }) => part === null),
    add: useCallback(
      (added) => {
        for (const file of [...added].slice(0, MOST)) void hand(file);
      },
      [hand],
    ),
    remove: useCallback((id) => setFiles((list) => list.filter((one) => one.id !== id)), []),
    set: useCallback(
      (parts) => setFiles(parts.flatMap((part) => ('attachmentId' in part ? [{ id: next++, name: part.name, part }] : []))),
      [],
    ),
  };
}
