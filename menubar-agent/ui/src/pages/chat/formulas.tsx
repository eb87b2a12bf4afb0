/** Formulas in answers. Loaded by itself: KaTeX is large. It is called as it is, and not through rehype-katex, which brings another version than its styles. */
import { memo } from 'react';
import katex from 'katex';
import remarkMath from 'remark-math';
import 'katex/dist/katex.min.css';

/** With everything off that reaches out of a formula: no links, no pictures, no attributes (`trust`); macros may not grow, nor rules cover the page. */
const OPTIONS = { trust: false, strict: 'ignore', throwOnError: false, maxSize: 20, maxExpand: 300, errorColor: 'inherit' } as const;

/** A longer one is no formula, and would hold the page up for seconds. Characters. */
const LONGEST = 4000;

export const Formula = memo(function Formula({ source, display }: { source: string; display: boolean }) {
  if (source.length > LONGEST) return <code>{source}</code>;
  // KaTeX writes its HTML itself; of the source only text gets into it, escaped.
  let html: { __html: string };
  try {
    html = { __html: katex.renderToString(source, { ...OPTIONS, displayMode: display }) };
  } catch {
    return <code>{source}</code>; // so deep that its parser has no room left
  }
  return display ? (
    <div role="group" aria-label="Formula" tabIndex={0} className="overflow-x-auto" dangerouslySetInnerHTML={html} />
  ) : (
    <span dangerouslySetInnerHTML={html} />
  );
});
export { remarkMath };
