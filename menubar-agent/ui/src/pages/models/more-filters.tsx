/** Filters of the search that are wanted seldom: who published it, its architecture, its size. */
import { useId, useState } from 'react';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import { Button, Dialog, Field, Input } from '../../kit/index.js';
import { moreCount, NO_FILTERS, type Filters } from './filters.js';

type More = Pick<Filters, 'author' | 'architecture' | 'maxGb'>;

export function MoreFilters({ filters, onChange }: { filters: More; onChange: (next: More) => void }) {
  const [open, setOpen] = useState(false);
  const count = moreCount(filters);
  return (
    <>
      <Button icon={<SlidersHorizontal aria-hidden />} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {count === 0 ? 'More…' : `More (${count})…`}
      </Button>
      {open && <MoreDialog filters={filters} onChange={onChange} onClose={() => setOpen(false)} />}
    </>
  );
}

function MoreDialog({ filters, onChange, onClose }: { filters: More; onChange: (next: More) => void; onClose: () => void }) {
  const id = useId();
  const [author, setAuthor] = useState(filters.author);
  const [architecture, setArchitecture] = useState(filters.architecture);
  const [size, setSize] = useState(filters.maxGb === null ? '' : String(filters.maxGb));
  const maxGb = size.trim() === '' ? null : Number(size);
  const wrong = maxGb !== null && !(maxGb > 0 && Number.isFinite(maxGb));
  const apply = (next: More): void => {
    onChange(next);
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title="More filters"
      footer={
        <>
          {moreCount(filters) > 0 && (
            <Button className="mr-auto" onClick={() => apply(NO_FILTERS_MORE)}>
              Clear
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={id}>
            Apply
          </Button>
        </>
      }
    >
      <form
        id={id}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) apply({ author: author.trim(), architecture: architecture.trim(), maxGb });
        }}
      >
        <Field label="Publisher" hint="A user or an organization on the hub.">
          <Input autoFocus value={author} onValueChange={setAuthor} maxLength={96} placeholder="e.g. mlx-community" />
        </Field>
        <Field label="Architecture" hint="As its badge says it; case does not matter.">
          <Input value={architecture} onValueChange={setArchitecture} maxLength={64} placeholder="e.g. Qwen" />
        </Field>
        <Field
          label="Largest size"
          hint="What it needs in memory: its size and a fifth more."
          {...(wrong && { error: 'Type a number above 0, or leave it empty.' })}
        >
          <Input inputMode="decimal" value={size} onValueChange={setSize} unit="GB" />
        </Field>
      </form>
    </Dialog>
  );
}

const { author, architecture, maxGb } = NO_FILTERS;
const NO_FILTERS_MORE: More = { author, architecture, maxGb };
