/** A model's card, written by strangers: no HTML of theirs, no picture, nothing that is loaded from elsewhere; links open outside. */
import type { ComponentProps, ReactNode } from 'react';
import Markdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { AsItIs, Unbreakable } from '../../kit/unbreakable.js';
import { readable } from '../../lib/readable.js';

const LOOKS =
  'flex flex-col gap-3 wrap-anywhere [&_a]:underline [&_li]:ml-5 [&_ol]:list-decimal [&_ul]:list-disc [&_blockquote]:border-l-2 [&_blockquote]:border-line [&_blockquote]:pl-3 [&_blockquote]:text-muted [&_hr]:border-line [&_:not(pre)>code]:rounded [&_:not(pre)>code]:bg-hover [&_:not(pre)>code]:px-1 [&_td]:border [&_td]:border-line [&_td]:px-2 [&_td]:py-1 [&_th]:border [&_th]:border-line [&_th]:px-2 [&_th]:py-1 [&_th]:text-left';

export default function ModelCard({ markdown, hubUrl }: { markdown: string; hubUrl: string | null }) {
  const components: Components = {
    // Below the page's own headings.
    h1: ({ children }) => <h3 className="mt-2 text-lg font-semibold">{children}</h3>,
    h2: ({ children }) => <h3 className="mt-2 text-lg font-semibold">{children}</h3>,
    h3: ({ children }) => <h4 className="mt-1 font-semibold">{children}</h4>,
    h4: ({ children }) => <h4 className="mt-1 font-semibold">{children}</h4>,
    h5: ({ children }) => <h4 className="font-medium">{children}</h4>,
    h6: ({ children }) => <h4 className="font-medium">{children}</h4>,
    img: ({ alt }) => (alt ? <span className="text-muted">[picture: {alt}]</span> : null),
    a: ({ href, children }) => <CardLink href={absolute(href, hubUrl)}>{children}</CardLink>,
    pre: ({ children }) => (
      <Scrolling label="Code" className="rounded-lg border border-line bg-sunken">
        <pre className="p-3">{children}</pre>
      </Scrolling>
    ),
    table: ({ children }) => (
      <Scrolling label="Table">
        <table className="border-collapse">{children}</table>
      </Scrolling>
    ),
    input: ({ checked }) => <span>{checked === true ? '☑' : '☐'}</span>,
  };
  return (
    <div className={LOOKS}>
      {readable(markdown) ? (
        <Unbreakable text={markdown}>
          <Markdown remarkPlugins={[remarkGfm]} skipHtml components={components}>
            {markdown}
          </Markdown>
        </Unbreakable>
      ) : (
        <AsItIs text={markdown} />
      )}
    </div>
  );
}

function Scrolling({ label, className = '', children }: { label: string; className?: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={label} tabIndex={0} className={`overflow-x-auto ${className}`}>
      {children}
    </div>
  );
}

function CardLink({ href, children }: ComponentProps<'a'>) {
  if (href === undefined) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}

/** Where a link of the card leads: files are beside it on the hub. Undefined where it leads nowhere outside. */
function absolute(href: string | undefined, hubUrl: string | null): string | undefined {
  if (href === undefined || href === '' || href.startsWith('#')) return undefined;
  if (/^(?:https?:|mailto:)/i.test(href)) return href;
  if (hubUrl === null) return undefined;
  try {
    return new URL(href, `${hubUrl}/blob/main/`).href;
  } catch {
    return undefined; // no address at all: the words stay
  }
}
