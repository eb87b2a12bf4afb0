/** Raycast's images as HTML: its icons by those of Lucide that mean the same, its colours as on a dark Mac, pictures as they are. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import * as lucide from 'lucide-react';

/** Colours of Raycast's dark theme, near enough: none are published. */
const COLORS: Readonly<Record<string, string>> = {
  'raycast-blue': '#5eb1ff',
  'raycast-green': '#58d68d',
  'raycast-magenta': '#ff77c8',
  'raycast-orange': '#ffa34d',
  'raycast-purple': '#c58cff',
  'raycast-red': '#ff6b6b',
  'raycast-yellow': '#ffd24d',
  'raycast-primary-text': '#f2f2f3',
  'raycast-secondary-text': '#9b9ba1',
};

/** By Raycast's names without the ending (`speech-bubble-16`). One that is missing fails the picture: it would show nothing. */
const ICONS: Readonly<Record<string, lucide.LucideIcon>> = {
  'app-window': lucide.AppWindow,
  'app-window-list': lucide.List,
  'app-window-sidebar-left': lucide.PanelLeft,
  'app-window-sidebar-right': lucide.PanelRight,
  'arrow-clockwise': lucide.RotateCw,
  'arrow-down': lucide.ArrowDown,
  'arrow-up': lucide.ArrowUp,
  'arrow-up-circle': lucide.CircleArrowUp,
  'band-aid': lucide.Bandage,
  'blank-document': lucide.File,
  'bolt-disabled': lucide.ZapOff,
  'check-circle': lucide.CircleCheck,
  checkmark: lucide.Check,
  circle: lucide.Circle,
  'circle-progress': lucide.CircleDashed,
  'circle-progress-25': lucide.CircleDashed,
  'circle-progress-50': lucide.CircleDashed,
  clock: lucide.Clock,
  code: lucide.Code,
  'code-block': lucide.SquareCode,
  cog: lucide.Settings,
  'computer-chip': lucide.Cpu,
  'copy-clipboard': lucide.Clipboard,
  download: lucide.Download,
  eye: lucide.Eye,
  finder: lucide.Folder,
  gauge: lucide.Gauge,
  'globe-01': lucide.Globe,
  house: lucide.House,
  image: lucide.Image,
  'important-01': lucide.CircleAlert,
  key: lucide.Key,
  link: lucide.Link,
  'magnifying-glass': lucide.Search,
  'memory-stick': lucide.MemoryStick,
  microphone: lucide.Mic,
  network: lucide.Network,
  'new-document': lucide.FilePlus,
  pause: lucide.Pause,
  person: lucide.User,
  pin: lucide.Pin,
  play: lucide.Play,
  plug: lucide.Plug,
  plus: lucide.Plus,
  power: lucide.Power,
  'save-document': lucide.Save,
  'speech-bubble': lucide.MessageCircle,
  star: lucide.Star,
  stars: lucide.Sparkles,
  stop: lucide.Square,
  tack: lucide.Pin,
  tag: lucide.Tag,
  terminal: lucide.SquareTerminal,
  'text-selection': lucide.TextSelect,
  'two-people': lucide.Users,
  warning: lucide.TriangleAlert,
  'wifi-disabled': lucide.WifiOff,
};
const FILLED: Readonly<Record<string, lucide.LucideIcon>> = {
  'circle-filled': lucide.Circle,
  'stop-filled': lucide.Square,
  'x-mark-circle-filled': lucide.CircleX,
};

/** What Raycast calls a colour, as CSS; what it does not know is CSS already, or one of a pair (`{ light, dark }`). */
export function colorOf(color: unknown): string | undefined {
  if (typeof color === 'string') return COLORS[color] ?? color;
  if (typeof color === 'object' && color !== null && 'dark' in color) return colorOf(color.dark);
  return undefined;
}

/** An `Image.ImageLike`, or one with a tooltip. @param assets folder of the extension's own pictures. */
export function imageHtml(image: unknown, assets: string, tint?: string): string {
  if (typeof image === 'object' && image !== null) {
    const { value, source, dark, tintColor } = image as Record<string, unknown>;
    return imageHtml(value ?? source ?? dark, assets, colorOf(tintColor) ?? tint);
  }
  if (typeof image !== 'string') return '';
  if (image.startsWith('data:')) return picture(recolored(image));
  if (/\.(png|svg|jpg)$/.test(image)) {
    const type = extname(image) === '.svg' ? 'svg+xml' : extname(image).slice(1);
    return picture(`data:image/${type};base64,${readFileSync(`${assets}/${image}`).toString('base64')}`);
  }
  return iconHtml(image.replace(/-16$/, ''), tint);
}

/** An icon by Raycast's name without its ending. */
export function iconHtml(name: string, color = 'currentColor'): string {
  const icon = ICONS[name] ?? FILLED[name];
  if (!icon) throw new Error(`There is no drawing for Raycast's icon "${name}": name one in images.ts.`);
  const solid = name === 'circle-filled' || name === 'stop-filled';
  return renderToStaticMarkup(
    createElement(icon, { size: solid ? 11 : 16, strokeWidth: 1.8, color, ...(FILLED[name] && solid && { fill: color }) }),
  );
}

const picture = (url: string): string => `<img src="${url}" alt="">`;

/** A drawing that names Raycast's colours, as `getProgressIcon` makes. */
function recolored(url: string): string {
  return Object.entries(COLORS).reduce((text, [name, color]) => text.replaceAll(name, encodeURIComponent(color)), url);
}
