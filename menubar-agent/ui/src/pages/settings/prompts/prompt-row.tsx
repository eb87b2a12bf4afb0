/** One persona or template in its list. */
import { memo, type ReactNode } from 'react';
import Copy from 'lucide-react/icons/copy';
import Eye from 'lucide-react/icons/eye';
import Pencil from 'lucide-react/icons/pencil';
import Trash2 from 'lucide-react/icons/trash-2';
import { Badge, Button, IconButton } from '../../../kit/index.js';

export interface PromptRowProps<T> {
  item: T;
  name: string;
  text: string;
  builtin: boolean;
  badges?: ReactNode;
  onOpen: (item: T) => void;
  onDuplicate: (item: T) => void;
  onDelete: (item: T) => void;
}

function Row<T>({ item, name, text, builtin, badges, onOpen, onDuplicate, onDelete }: PromptRowProps<T>) {
  return (
    <li
      aria-label={name}
      className="flex items-center gap-3 border-b border-line px-3 py-2 [contain-intrinsic-height:52px] [content-visibility:auto] last:border-b-0"
    >
      <div className="min-w-0 flex-1">
        <p className="flex min-w-0 items-center gap-2">
          <span className="truncate font-medium" title={name}>
            {name}
          </span>
          {builtin && <Badge>built in</Badge>}
          {badges}
        </p>
        <p className="truncate text-sm text-muted" title={text.slice(0, 500)}>
          {text}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-1">
        <Button
          size="sm"
          icon={builtin ? <Eye aria-hidden /> : <Pencil aria-hidden />}
          aria-label={`${builtin ? 'View' : 'Edit'} ${name}`}
          onClick={() => onOpen(item)}
        >
          {builtin ? 'View' : 'Edit'}
        </Button>
        <IconButton size="sm" label={`Duplicate ${name}`} icon={<Copy />} onClick={() => onDuplicate(item)} />
        {!builtin && <IconButton size="sm" label={`Delete ${name}`} icon={<Trash2 />} onClick={() => onDelete(item)} />}
      </div>
    </li>
  );
}

// A generic component keeps its type through memo only so.
export const PromptRow = memo(Row) as typeof Row;
