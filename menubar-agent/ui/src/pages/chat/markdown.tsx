/**
 * What a model wrote, as Markdown. It is not trusted: no HTML of its own, no picture from elsewhere (its address would tell somebody what is talked
 * about), links only to the web and only outside. Loaded by itself: its parser is large.
 */
import { memo, useEffect, useId, useMemo, useRef, useState, type ComponentProps, type ReactNode } from 'react';
import ReactMarkdown, { type Components, type Options } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import ExternalLink from 'lucide-react/icons/external-link';
import ImageOff from 'lucide-react/icons/image-off';
import { buttonClass } from '../../kit/index.js';
import { AsItIs, Unbreakable } from '../../kit/unbreakable.js';
import { readable } from '../../lib/readable.js';
import { blocksOf, mayHoldFormulas, readUpTo, withFormulas, type Block } from './blocks.js';
import { Code } from './code.js';
import type * as Formulas from './formulas.js';

export interface MarkdownProps {
  text: string;
  /** More of it is coming. */
  writing: boolean;
}

export default function Markdown({ text, writing }: MarkdownProps) {
  const prefix = useId();
  const blocks = useMemo(() => blocksOf(text), [text]);
  return (
    <div className="said">
      {blocks.map((block, i) => (
        <Piece key={`${i}${block.kind}`} block={block} writing={writing && i === blocks.length - 1} prefix={`${prefix}${i}-`} />
      ))}
    </div>
  );
}

interface PieceProps {
  block: Block;
  writing: boolean;
  prefix: string;
}
/** A piece that is finished is never read again. */
const Piece = memo(
  function Piece({ block, writing, prefix }: PieceProps) {
    if (block.kind === 'code') return <Code code={block.text} language={block.language} writing={writing && !block.closed} />;
    if (!readable(block.text)) return <AsItIs text={block.text} />;
    return (
      <Unbreakable text={block.text}>
        <Growing text={block.text} writing={writing} prefix={prefix} />
      </Unbreakable>
    );
  },
  (a, b) =>
    a.block.kind === b.block.kind && a.block.text === b.block.text && a.writing === b.writing && closed(a.block) === closed(b.block),
);
const closed = (block: Block): boolean => block.kind === 'code' && block.closed;

/** A long piece is not read anew for every word that comes: what came since stands below it as it is, until it is worth it. */
function Growing({ text, writing, prefix }: { text: string; writing: boolean; prefix: string }) {
  const read = useRef(0);
  read.current = writing ? readUpTo(text, read.current) : text.length;
  const known = text.slice(0, read.current);
  const rest = text.slice(read.current);
  return (
    <>
      <Read text={known} prefix={prefix} />
      {rest !== '' && <AsItIs text={rest} />}
    </>
  );
}
const Read = memo(function Read({ text, prefix }: { text: string; prefix: string }) {
  return mayHoldFormulas(text) ? <WithFormulas text={text} prefix={prefix} /> : <Plain text={text} prefix={prefix} />;
});

type Plugins = NonNullable<Options['remarkPlugins']>;
const PLAIN: Plugins = [remarkGfm];

function Plain({ text, prefix, plugins = PLAIN }: { text: string; prefix: string; plugins?: Plugins }) {
  return (
    <ReactMarkdown remarkPlugins={plugins} components={COMPONENTS} urlTransform={webOnly} remarkRehypeOptions={{ clobberPrefix: prefix }}>
      {text}
    </ReactMarkdown>
  );
}

/** The part that draws formulas did not come: they stay as they were written. */
const stayPlain = (): void => undefined;

/** Once it was loaded. */
let formulas: typeof Formulas | undefined;
function WithFormulas({ text, prefix }: { text: string; prefix: string }) {
  const [plugins, setPlugins] = useState<Plugins | undefined>(() => formulas && [remarkGfm, formulas.remarkMath]);
  useEffect(() => {
    if (plugins !== undefined) return undefined;
    let left = false;
    void import('./formulas.js').then((loaded) => {
      formulas = loaded;
      if (!left) setPlugins([remarkGfm, loaded.remarkMath]);
    }, stayPlain);
    return () => {
      left = true;
    };
  }, [plugins]);
  return plugins === undefined ? (
    <Plain text={text} prefix={prefix} />
  ) : (
    <Plain text={withFormulas(text)} prefix={prefix} plugins={plugins} />
  );
}

/** Addresses of the web and of mail; anything else is no link. */
const webOnly = (url: string): string => (/^(?:https?:\/\/|mailto:)/i.test(url) || url.startsWith('#') ? url : '');

function Link({ href, children }: ComponentProps<'a'>) {
  if (href === undefined || href === '') return <span>{children}</span>;
  if (href.startsWith('#')) return <a href={href}>{children}</a>;
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** A picture from elsewhere is not fetched: a button opens it in a tab of its own, which knows nothing of this one. */
function Picture({ src, alt }: ComponentProps<'img'>) {
  const address = typeof src === 'string' && /^https?:/i.test(src) ? src : undefined;
  const host = hostOf(address);
  return (
    <span className="my-1 inline-flex max-w-full items-center gap-2 rounded-lg border border-dashed border-line-strong bg-sunken px-2.5 py-1.5">
      <ImageOff aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 truncate text-sm">
        {alt === undefined || alt === '' ? 'Picture' : alt}
        <span className="text-muted">{host === null ? ' · not shown' : ` · from ${host}`}</span>
      </span>
      {host !== null && (
        <a className={buttonClass('plain', 'sm')} href={address} title={address} target="_blank" rel="noopener noreferrer nofollow">
          <ExternalLink aria-hidden />
          Open Image in Browser
        </a>
      )}
    </span>
  );
}

function hostOf(address: string | undefined): string | null {
  try {
    return address === undefined ? null : new URL(address).host;
  } catch {
    return null; // no address after all: the placeholder says that nothing is shown
  }
}

/** The text right inside an element. */
const wordsOf = (node: { readonly children: readonly { readonly type: string }[] } | undefined): string =>
  (node?.children ?? []).map((child) => ('value' in child && typeof child.value === 'string' ? child.value : '')).join('');

const heading = (level: string) =>
  function Heading({ children }: { children?: ReactNode }) {
    // Under the message's own heading, whatever level the model began with.
    return <h3 data-level={level}>{children}</h3>;
  };

const COMPONENTS: Components = {
  a: Link,
  img: Picture,
  h1: heading('1'),
  h2: heading('2'),
  h3: heading('3'),
  h4: heading('4'),
  h5: heading('4'),
  h6: heading('4'),
  table: ({ children }) => (
    <div className="said-table" role="group" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  input: ({ checked }) => (
    <span role="img" aria-label={checked === true ? 'Done' : 'To do'}>
      {checked === true ? '☑' : '☐'}
    </span>
  ),
  code: ({ node, className, children }) =>
    formulas && className?.includes('math-inline') ? <formulas.Formula source={wordsOf(node)} display={false} /> : <code>{children}</code>,
  pre: ({ node }) => {
    const code = node?.children[0];
    if (code?.type !== 'element') return null;
    const text = wordsOf(code);
    const names = Array.isArray(code.properties.className) ? code.properties.className.map(String) : [];
    if (formulas && names.includes('math-display')) return <formulas.Formula source={text} display />;
    const language = (names[0] ?? '').replace('language-', '');
    return <Code code={text.replace(/\n$/, '')} language={language} writing={false} />;
  },
};
