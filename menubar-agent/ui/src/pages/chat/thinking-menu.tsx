/** Whether a thinking model shall think before the next answers. */
import Brain from 'lucide-react/icons/brain';
import { IconButton, Menu } from '../../kit/index.js';

const THINKING = [
  { value: undefined, label: 'Thinking: as the model likes' },
  { value: true, label: 'Thinking: on' },
  { value: false, label: 'Thinking: off' },
] as const;
/** Undefined: as the model likes. */
export type Thinks = (typeof THINKING)[number]['value'];

export function ThinkingMenu({ value, onValue }: { value: Thinks; onValue: (value: Thinks) => void }) {
  return (
    <Menu
      align="start"
      trigger={
        <IconButton
          label={THINKING.find((one) => one.value === value)?.label ?? ''}
          icon={<Brain className={value === false ? 'opacity-40' : value ? 'text-accent' : ''} />}
        />
      }
      entries={THINKING.map((one) => ({ label: one.label, run: () => onValue(one.value) }))}
    />
  );
}
