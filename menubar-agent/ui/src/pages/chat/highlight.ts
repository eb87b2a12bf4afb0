/** Colours of code. The engine is JavaScript's own: the page's policy runs no WebAssembly. Languages come one by one, when they are needed. */
import type { GrammarState, HighlighterCore, LanguageInput } from 'shiki/core';

export interface Token {
  readonly text: string;
  /** Colours for both themes, as CSS variables. */
  readonly style: Record<string, string> | undefined;
}

/** Longer code stays plain: colouring it would hold the page up. Characters. */
const LONGEST = 60_000;
/** So many lines are coloured at once. */
const SLICE = 40;

const LANGUAGES: Readonly<Record<string, () => Promise<{ default: LanguageInput }>>> = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  cpp: () => import('shiki/langs/cpp.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  docker: () => import('shiki/langs/docker.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  graphql: () => import('shiki/langs/graphql.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  ini: () => import('shiki/langs/ini.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  jsx: () => import('shiki/langs/jsx.mjs'),
  julia: () => import('shiki/langs/julia.mjs'),
  kotlin: () => import('shiki/langs/kotlin.mjs'),
  latex: () => import('shiki/langs/latex.mjs'),
  lua: () => import('shiki/langs/lua.mjs'),
  make: () => import('shiki/langs/make.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  nix: () => import('shiki/langs/nix.mjs'),
  'objective-c': () => import('shiki/langs/objective-c.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  powershell: () => import('shiki/langs/powershell.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  r: () => import('shiki/langs/r.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  scala: () => import('shiki/langs/scala.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  swift: () => import('shiki/langs/swift.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
  zig: () => import('shiki/langs/zig.mjs'),
};
const ALIASES: Readonly<Record<string, string>> = {
  sh: 'bash', shell: 'bash', zsh: 'bash', console: 'bash', 'c++': 'cpp', cs: 'csharp', 'c#': 'csharp', dockerfile: 'docker', golang: 'go', gql: 'graphql',
  js: 'javascript', mjs: 'javascript', cjs: 'javascript', jsonc: 'json', json5: 'json', jl: 'julia', kt: 'kotlin', tex: 'latex', makefile: 'make', md: 'markdown',
  objc: 'objective-c', ps1: 'powershell', py: 'python', python3: 'python', rb: 'ruby', rs: 'rust', ts: 'typescript', mts: 'typescript', svg: 'xml', yml: 'yaml',
}; // prettier-ignore

let core: Promise<HighlighterCore> | undefined;
const begin = async (): Promise<HighlighterCore> => {
  const [{ createHighlighterCore }, { createJavaScriptRegexEngine }, light, dark] = await Promise.all([
    import('shiki/core'),
    import('shiki/engine/javascript'),
    import('shiki/themes/github-light-high-contrast.mjs'),
    import('shiki/themes/github-dark-high-contrast.mjs'),
  ]);
  return createHighlighterCore({
    themes: [light.default, dark.default],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
};

/** Lines of coloured pieces; null where the language is unknown or the code too long. */
export async function highlight(code: string, language: string): Promise<Token[][] | null> {
  const name = ALIASES[language] ?? language;
  const load = Object.hasOwn(LANGUAGES, name) ? LANGUAGES[name] : undefined;
  if (load === undefined || code.length > LONGEST) return null;
  const highlighter = await (core ??= begin());
  if (!highlighter.getLoadedLanguages().includes(name)) await highlighter.loadLanguage((await load()).default);
  const lines: Token[][] = [];
  const all = code.split('\n');
  let state: GrammarState | undefined;
  for (let from = 0; from < all.length; from += SLICE) {
    // Between slices the page is listened to.
    if (from > 0) await new Promise((wake) => setTimeout(wake));
    const { tokens, grammarState } = highlighter.codeToTokens(all.slice(from, from + SLICE).join('\n'), {
      lang: name,
      themes: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
      defaultColor: false,
      tokenizeTimeLimit: 100,
      ...(state && { grammarState: state }),
    });
    state = grammarState;
    for (const line of tokens) lines.push(line.map(({ content, htmlStyle }) => ({ text: content, style: htmlStyle })));
  }
  return lines;
}
