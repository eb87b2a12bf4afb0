/** Files dropped anywhere on the conversation. */
import { useRef, useState, type ReactNode } from 'react';
import Paperclip from 'lucide-react/icons/paperclip';

export function DropArea({ onFiles, children }: { onFiles: (files: File[]) => void; children: ReactNode }) {
  const [over, setOver] = useState(false);
  /** Entering a child leaves its parent: counted. */
  const depth = useRef(0);
  const holdsFiles = (event: React.DragEvent): boolean => event.dataTransfer.types.includes('Files');
  const change = (by: number): void => {
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  return (
    <div
      className="relative flex min-h-0 flex-1 flex-col"
      onDragEnter={(event) => holdsFiles(event) && change(1)}
      onDragLeave={(event) => holdsFiles(event) && change(-1)}
      onDragOver={(event) => holdsFiles(event) && event.preventDefault()}
      onDrop={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over && (
        <div className="pointer-events-none absolute inset-2 z-10 flex items-center justify-center gap-2 rounded-xl border-2 border-dashed border-accent bg-raised text-lg font-semibold opacity-95">
          <Paperclip aria-hidden className="size-5" />
          Drop files to attach them
        </div>
      )}
    </div>
  );
}
