/** Code in an answer: coloured once it is whole, with its language and a button that copies it. A diagram is drawn, its source a click away. */
import { lazy, memo, startTransition, Suspense, useEffect, useState, type CSSProperties } from 'react';
import { Button, CopyButton } from '../../kit/index.js';
import { highlight, type Token } from './highlight.js';

const Diagram = lazy(() => import('./diagram.js'));

export const Code = memo(function Code({ code, language, writing }: { code: string; language: string; writing: boolean }) {
  const [source, setSource] = useState(false);
  const diagram = language === 'mermaid' && !writing;
  return (
    <div className="code-block">
      <div className="flex h-7 items-center gap-1 pr-1 pl-3 text-sm text-muted">
        <span className="min-w-0 flex-1 truncate">{language === '' ? 'Text' : language}</span>
        {diagram && (
          <Button size="sm" variant="ghost" aria-pressed={source} onClick={() => setSource(!source)}>
            {source ? 'Show Diagram' : 'Show Source'}
          </Button>
        )}
        <CopyButton text={code} label="Copy code" />
      </div>
      {diagram && !source ? (
        <Suspense fallback={<Lines code={code} tokens={null} />}>
          <Diagram source={code} otherwise={<Lines code={code} tokens={null} />} />
        </Suspense>
      ) : (
        <Coloured code={code} language={language} writing={writing} />
      )}
    </div>
  );
});

function Coloured({ code, language, writing }: { code: string; language: string; writing: boolean }) {
  const [tokens, setTokens] = useState<{ code: string; lines: Token[][] } | null>(null);
  useEffect(() => {
    if (writing || language === '') return undefined;
    let left = false;
    highlight(code, language).then(
      (lines) => {
        // Thousands of pieces: what somebody presses goes before them.
        if (!left && lines !== null) startTransition(() => setTokens({ code, lines }));
      },
      () => undefined, // it stays plain: colours are a help, no more
    );
    return () => {
      left = true;
    };
  }, [code, language, writing]);
  return <Lines code={code} tokens={tokens?.code === code ? tokens.lines : null} />;
}

function Lines({ code, tokens }: { code: string; tokens: Token[][] | null }) {
  return (
    <pre role="group" aria-label="Code" tabIndex={0}>
      <code>
        {tokens === null
          ? code
          : tokens.map((line, i) => (
              <span key={i}>
                {line.map((token, j) => (
                  <span key={j} className="token" style={token.style as CSSProperties | undefined}>
                    {token.text}
                  </span>
                ))}
                {i < tokens.length - 1 && '\n'}
              </span>
            ))}
      </code>
    </pre>
  );
}
