/** A diagram's source before Mermaid reads it. */

/**
 * With every tag but `<br>` made text. While it measures its labels, Mermaid puts them into the page as HTML, before it cleans them; the page's policy
 * would stop what they hold, and nothing is to come that far. `<<interface>>` and arrows stay.
 */
export const withoutHtml = (source: string): string =>
  source
    // Mermaid's own entities begin with #, those of HTML with &; both become characters too late.
    .replace(/[&#](?:lt|#?0*60|#?x0*3c);?/gi, '＜')
    .replace(/(?<!<)<(?!br\s*\/?>)(?=[/!?a-z])/gi, '＜');
