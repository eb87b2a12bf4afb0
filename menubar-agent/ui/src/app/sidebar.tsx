/** The way to every page, what runs, and the theme. */
import Monitor from 'lucide-react/icons/monitor';
import Flag from 'lucide-react/icons/flag';
import Moon from 'lucide-react/icons/moon';
import Sun from 'lucide-react/icons/sun';
import { Link, useLocation } from 'wouter';
import { Menu } from '../kit/menu.js';
import { Button, cn, StateDot, Tooltip, type Tone } from '../kit/index.js';
import { plural } from '../lib/format.js';
import { keyLabel } from '../lib/keys.js';
import { useConnection } from '../lib/query.js';
import { useServers } from '../lib/resources.js';
import { useIsSetUp } from '../lib/set-up.js';
import { setTheme, useTheme, type Theme } from '../lib/theme.js';
import { pageOf, SIDEBAR } from './navigation.js';

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon } as const;
const THEME_NAMES: Record<Theme, string> = { system: 'Like the system', light: 'Light', dark: 'Dark' };

export function Sidebar() {
  const [location] = useLocation();
  const current = pageOf(location)?.name;
  return (
    <nav aria-label="Pages" className="flex w-48 shrink-0 flex-col border-r border-line bg-sunken p-2 max-md:w-12">
      <p aria-hidden className="truncate px-2 py-2 font-semibold max-md:invisible">
        MLX Manager
      </p>
      <ul className="flex flex-col gap-0.5">
        {SIDEBAR.map(({ name, title, Icon, preload }, i) => (
          <li key={name}>
            <Tooltip text={title} keys={keyLabel(`mod+${i + 1}`)} side="right">
              <Link
                href={`/${name}`}
                aria-current={name === current ? 'page' : undefined}
                // Only in advance: what fails is told once the page is wanted.
                onPointerEnter={() => void preload().catch(() => undefined)}
                className={cn(
                  'flex h-8 items-center gap-2 rounded-md px-2 no-underline select-none',
                  name === current ? 'bg-accent-soft font-medium text-accent' : 'text-text hover:bg-hover',
                )}
              >
                <Icon aria-hidden className="size-4 shrink-0" />
                <span className="truncate max-md:sr-only">{title}</span>
              </Link>
            </Tooltip>
          </li>
        ))}
      </ul>
      <div className="mt-auto" />
      <FirstRun current={current === 'welcome'} />
      <div className="flex items-center gap-1 px-1 max-md:flex-col">
        <AgentState />
        <ThemeMenu />
      </div>
    </nav>
  );
}

/** The way back to the first run while it is not done. At the end of the free space: nothing moves when it comes or goes. */
function FirstRun({ current }: { current: boolean }) {
  if (useIsSetUp() !== false) return null;
  return (
    <Tooltip text="Get Started" side="right">
      <Link
        href="/welcome"
        aria-current={current ? 'page' : undefined}
        className={cn(
          'mb-2 flex h-8 items-center gap-2 rounded-md px-2 no-underline select-none',
          current ? 'bg-accent-soft font-medium text-accent' : 'text-text hover:bg-hover',
        )}
      >
        <Flag aria-hidden className="size-4 shrink-0" />
        <span className="truncate max-md:sr-only">Get Started</span>
      </Link>
    </Tooltip>
  );
}

function AgentState() {
  const connection = useConnection();
  const servers = useServers();
  const { tone, text, busy } = describe(connection, servers.data);
  return (
    <div
      role="status"
      title={text}
      className="min-w-0 flex-1 truncate text-sm text-muted max-md:w-2 max-md:flex-none max-md:overflow-hidden"
    >
      <StateDot tone={tone} busy={busy} label={text} />
    </div>
  );
}

interface State {
  tone: Tone;
  text: string;
  busy: boolean;
}

/** The agent in one line: what is worst comes first. */
export function describe(connection: string, known: readonly { state: string }[] | undefined): State {
  const servers = known ?? [];
  const how = (states: readonly string[]): number => servers.filter(({ state }) => states.includes(state)).length;
  // What came with the page is as new as the page.
  if (connection === 'waiting' && known === undefined) return { tone: 'plain', text: 'Connecting…', busy: true };
  if (connection === 'away') return { tone: 'bad', text: 'No agent', busy: false };
  const failed = how(['failed', 'unhealthy']);
  if (failed > 0) return { tone: 'bad', text: `${failed} in trouble`, busy: false };
  const loading = how(['starting', 'stopping']);
  if (loading > 0) return { tone: 'warn', text: `${loading} loading`, busy: true };
  const running = how(['healthy']);
  return running > 0
    ? { tone: 'good', text: `${plural(running, 'model')} ready`, busy: false }
    : { tone: 'plain', text: 'Idle', busy: false };
}

function ThemeMenu() {
  const theme = useTheme();
  const Icon = THEME_ICONS[theme];
  return (
    <Menu
      align="start"
      trigger={
        <Button variant="ghost" size="sm" className="w-6 !px-0" aria-label={`Theme: ${THEME_NAMES[theme]}`} icon={<Icon aria-hidden />} />
      }
      entries={(['system', 'light', 'dark'] as const).map((one) => {
        const OneIcon = THEME_ICONS[one];
        return { label: THEME_NAMES[one], icon: <OneIcon aria-hidden />, run: () => setTheme(one) };
      })}
    />
  );
}
