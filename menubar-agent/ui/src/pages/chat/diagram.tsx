/**
 * A Mermaid diagram, drawn as a picture: an SVG inside `<img>` runs no script, follows no link and fetches nothing, whatever the model wrote into it.
 * Source: SVG 2, section 2.7.1 (secure static mode). Loaded by itself: Mermaid is large.
 */
import { useEffect, useState, type ReactNode } from 'react';
import mermaid from 'mermaid';
import { useTheme } from '../../lib/theme.js';
import { withoutHtml } from './diagram-source.js';

/** Longer sources are shown as text. Characters. */
const LONGEST = 20_000;
let next = 0;
/** One at a time: its settings are the module's own. */
let turn: Promise<unknown> = Promise.resolve();

export default function Diagram({ source, otherwise }: { source: string; otherwise: ReactNode }) {
  const theme = useTheme();
  const [drawn, setDrawn] = useState<{ address: string; width: number } | null>(null);
  const [problem, setProblem] = useState(false);
  useEffect(() => {
    const left = new AbortController();
    const gone = (): boolean => left.signal.aborted;
    let address: string | undefined;
    const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    turn = turn.then(async () => {
      if (gone()) return;
      try {
        const { svg, width } = await draw(source, dark);
        if (gone()) return;
        address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
        setProblem(false);
        setDrawn({ address, width });
      } catch {
        // Models often write diagrams that are none: the source is shown in its place.
        if (!gone()) setProblem(true);
      }
    });
    return () => {
      left.abort();
      if (address !== undefined) URL.revokeObjectURL(address);
    };
  }, [source, theme]);
  if (problem) {
    return (
      <>
        <p className="px-3 pb-1 text-sm text-muted">This is no diagram that can be drawn. Its source:</p>
        {otherwise}
      </>
    );
  }
  if (drawn === null) return otherwise;
  return (
    <div className="overflow-x-auto p-3" role="group" aria-label="Diagram" tabIndex={0}>
      <img src={drawn.address} alt={`Diagram: ${source.trim().slice(0, 400)}`} style={{ width: drawn.width, maxWidth: '100%' }} />
    </div>
  );
}

async function draw(source: string, dark: boolean): Promise<{ svg: string; width: number }> {
  if (source.length > LONGEST) throw new Error('it is too long');
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    htmlLabels: false,
    theme: dark ? 'dark' : 'neutral',
    suppressErrorRendering: true,
    maxTextSize: LONGEST,
    fontFamily: 'system-ui, sans-serif',
  });
  // It measures its texts in the page; out of sight, and gone afterwards.
  const place = document.createElement('div');
  place.style.cssText = 'position:fixed;left:-9999px;top:0;width:900px;visibility:hidden';
  place.setAttribute('aria-hidden', 'true');
  document.body.append(place);
  try {
    const { svg } = await mermaid.render(`diagram-${next++}`, withoutHtml(source), place);
    const element = new DOMParser().parseFromString(svg, 'text/html').querySelector('svg');
    if (element === null) throw new Error('nothing was drawn');
    const [, , width = 600, height = 400] = (element.getAttribute('viewBox') ?? '').split(/[\s,]+/).map(Number);
    element.setAttribute('width', String(width));
    element.setAttribute('height', String(height));
    return { svg: new XMLSerializer().serializeToString(element), width };
  } finally {
    place.remove();
  }
}
