/** Formulas in answers: KaTeX with everything off that reaches out of a formula. Loaded by itself. */
import type { ComponentProps } from 'react';
import type ReactMarkdown from 'react-markdown';
import rehypeKatex from 'rehype-katex';
import remarkMath from 'remark-math';
import 'katex/dist/katex.min.css';

type Plugin = NonNullable<ComponentProps<typeof ReactMarkdown>['rehypePlugins']>[number];

/** No links, no pictures, no HTML attributes (`trust`); macros may not grow, nor rules cover the page. */
export const rehypeFormulas: Plugin = [rehypeKatex, { trust: false, strict: 'ignore', throwOnError: false, maxSize: 20, maxExpand: 300, errorColor: 'inherit' }];
export { remarkMath };
